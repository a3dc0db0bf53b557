Feature: A standard id comes with a receipt that verifies offline

  Scenario: an id and its proof
    Given a client
    When the app asks for an id under the handle "alice"
    Then it gets a permanent id of domain "C", called "alice"
    And main has issued exactly "alice"
    And main says that "alice" is valid
    When main is down
    And the fallback is down
    Then the receipt of "alice" proves "alice"

  Scenario: an id that nobody issued is no id
    Given a client
    Then main says that the text "AA-C-USR-4711-I-8Z-0-7" is not valid
