Feature: A wallet shows what was asked for and agreed to, and nothing else

  Scenario: of three attributes the site sees one
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21"
    And the person agrees to "age_over_21 birth_date family_name" and the tag
    Then the site accepts it without a tag
    And it sees exactly "age_over_21"
    When the site "shop.example" asks for "age_over_21 family_name"
    And the person agrees to "age_over_21 family_name"
    Then the site accepts it without a tag
    And it sees exactly "age_over_21 family_name"

  Scenario: what the person did not agree to is not shown
    Given a broker
    And a site "shop.example"
    And a wallet with a credential
    When the site "shop.example" asks for "age_over_21 family_name"
    And the person agrees to "age_over_21"
    Then it fails with the code "CHT-1751" and the kind "InvalidInput"
    And the stage is "NotSent"
    When the site "shop.example" asks for "age_over_21" and the tag
    And the person agrees to "age_over_21"
    Then it fails with the code "CHT-1752" and the kind "InvalidInput"
