Feature: A refusal never opens the fallback

  Scenario: main does not know the API key
    Given a client with a wrong key for main
    When the app asks for an id under the handle "eve"
    Then it fails with the code "CHT-1201" and the kind "Unauthorized"
    And the stage is "Answered"
    And the fallback has issued nothing
    And there are no pending debts

  Scenario: the API key may not do this
    Given a client whose key for main is for another namespace
    When the app asks for an id under the handle "eve"
    Then it fails with the code "CHT-1202" and the kind "Unauthorized"
    And the stage is "Answered"
    And the fallback has issued nothing
    And there are no pending debts
