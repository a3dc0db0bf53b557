Feature: A presentation counts once, and only where it was meant to

  Scenario: it is used up by being judged
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21"
    And the person agrees to "age_over_21"
    Then the site accepts it without a tag
    And the site refuses it for the reason "presentation_nonce_unknown"

  Scenario: another session of the same site cannot use it
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21"
    And the person agrees to "age_over_21"
    Then for another session the site refuses it for the reason "presentation_other_nonce"
    And the site accepts it without a tag

  Scenario: another site cannot use it
    Given a broker
    And a site "shop.example"
    And a site "news.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21"
    And the person agrees to "age_over_21"
    Then the site "news.example" refuses it for the reason "presentation_nonce_unknown"
    And the site accepts it without a tag

  Scenario: a site that passes on another site's question gets nothing that either can use
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag, on a page of "evil.example"
    Then the site refuses it for the reason "presentation_other_host"
