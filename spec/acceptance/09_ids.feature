Feature: Ids parse and describe themselves

  Scenario: an id of each profile
    When the app parses "AA-E-USR-5678-I-25-8-Y"
    Then the id has "profile" "secure-fallback"
    And the id has "class" "fallback"
    And the id has "check" "mismatch"
    And the id has "domain" "E"
    And the id has "namespace" "USR"
    And the id has "sequence" "5678"
    And the id has "entity_type" "I"
    And the id has "year_month" "25"
    When the app parses "03-1-USA-0650-P-2606-1-93"
    Then the id has "profile" "canonical"
    And the id has "class" "standard"
    And the id has "check" "ok"
    And the id has "domain" ""
    And the id has "namespace" "USA"
    And the id has "year_month" "2606"

  Scenario: what is malformed is refused with its code
    When the app parses "AA-C-USR-1234-I-25-7"
    Then it fails with the code "CHT-1001" and the kind "InvalidInput"
    When the app parses "aa-c-usr-1234-i-25-7-x"
    Then it fails with the code "CHT-1001" and the kind "InvalidInput"
    When the app parses "03-1-USA-0650-P-2606-1-94"
    Then it fails with the code "CHT-1001" and the kind "InvalidInput"
    When the app parses ""
    Then it fails with the code "CHT-1001" and the kind "InvalidInput"

  Scenario: only ids that the app holds are suggested
    Given the app holds "AA-C-USR-1234-I-25-7-X" and "AA-C-USR-7777-I-25-7-X"
    Then "AA-C-USR-1243-I-25-7-X" suggests "AA-C-USR-1234-I-25-7-X"
    And "AA-C-USR-777-I-25-7-X" suggests "AA-C-USR-7777-I-25-7-X"
    And "AA-C-USR-9999-I-25-7-X" suggests nothing
    And "AA-C-USR-1234-I-25-7-X" suggests nothing

  Scenario: every id vector gets the result of the specification
    Then the program replays the "ids" vectors as the specification says
