Feature: A wallet registers its anchor and gets a credential

  Scenario: the first credential
    Given a broker
    And a wallet
    When the wallet registers
    And the app asks where the anchor stands
    Then the anchor is "active"
    When the wallet asks for a credential with its code
    Then it gets a credential that lasts 7 days
    And the wallet holds 1 credential

  Scenario: registering again changes nothing
    Given a broker
    And a wallet with a credential
    When the wallet registers
    And the app asks where the anchor stands
    Then the anchor is "active"
    And the wallet holds 1 credential

  Scenario: nobody gets a credential without being enrolled
    Given a broker
    And a wallet
    When the wallet registers
    And the wallet asks for a credential
    Then it fails with the code "CHT-2040" and the kind "Rejected"
    When the wallet asks for a credential with the code "made-up"
    Then it fails with the code "CHT-2041" and the kind "Rejected"
    And the wallet holds 0 credentials
