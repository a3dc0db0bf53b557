Feature: A renewed credential keeps the tag, so that a ban holds

  Scenario: the next day's credential
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and calls the tag "banned"
    When 5 days pass
    And the wallet asks for a credential
    Then it gets a credential that lasts 7 days
    And the wallet holds 1 credential
    When 5 days pass
    And the site "shop.example" refreshes
    And the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and the tag is "banned" again
