Feature: A site recognises a person, and two sites cannot compare

  Scenario: one tag per site, again and again
    Given a broker
    And a site "shop.example"
    And a site "news.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and calls the tag "at the shop"
    When the site "news.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and calls the tag "at the news"
    And the tags "at the shop" and "at the news" differ
    When the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21" and the tag
    Then the site accepts it and the tag is "at the shop" again

  Scenario: who does not want to be recognised shows no tag
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21"
    And the person agrees to "age_over_21"
    Then the site accepts it without a tag
