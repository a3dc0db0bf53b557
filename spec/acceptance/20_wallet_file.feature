Feature: A wallet's file is worth something on its own device alone

  Scenario: it is opened again
    Given a broker
    And a site "shop.example"
    And a wallet in a file, with a credential
    When the program is killed and started again
    And the wallet is opened
    Then the wallet holds 1 credential
    When the site "shop.example" is opened
    And the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and calls the tag "the same person"

  Scenario: a copy on another device is worth nothing
    Given a broker
    And a wallet in a file, with a credential
    When the wallet is closed
    And the wallet is opened with the secrets of another device
    And the wallet lists what it holds
    Then it fails with the code "CHT-1509" and the kind "InvalidInput"
    When the wallet is opened
    Then the wallet holds 1 credential

  Scenario: an older copy is noticed
    Given a broker
    And a wallet in a file, with a credential
    And the wallet's file is copied
    When the wallet asks for a credential
    And the wallet is closed
    And the copy is put back
    And the wallet is opened
    And the wallet lists what it holds
    Then it fails with the code "CHT-1510" and the kind "Corrupt"

  Scenario: damage is noticed
    Given a broker
    And a wallet in a file, with a credential
    When the wallet is closed
    And a byte of the wallet's file changes
    And the wallet is opened
    And the wallet lists what it holds
    Then it fails with the code "CHT-1503" and the kind "Corrupt"
