Feature: A revoked wallet gets nothing more, and what it has runs out

  Scenario: renewal stops
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the wallet is revoked
    And the app asks where the anchor stands
    Then the anchor is "revoked"
    When the wallet asks for a credential
    Then it fails with the code "CHT-1702" and the kind "Rejected"
    When 9 days pass
    And the site "shop.example" refreshes
    And the site "shop.example" asks for "age_over_21"
    And the person agrees to "age_over_21"
    Then it fails with the code "CHT-1743" and the kind "InvalidInput"
