Feature: With the broker away people are judged from what is known, as long as that is fresh

  Scenario: a day without the broker
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    And the wallet refreshes
    And the site "shop.example" refreshes
    And the broker is down
    When the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and calls the tag "offline"
    When the wallet asks for a credential
    Then it fails with the kind "Retry" or "Unavailable"
    When 2 days pass
    And the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site cannot judge it for the reason "presentation_keys_stale"
    When the broker is back
    And the site "shop.example" refreshes
    And the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and the tag is "offline" again
