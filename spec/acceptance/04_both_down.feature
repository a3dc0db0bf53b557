Feature: While both services are down there is a clear failure and no id

  Scenario: no id comes out of nowhere
    Given a client
    And main is down
    And the fallback is down
    When the app asks for an id under the handle "carol"
    Then it fails with the code "CHT-1111" and the kind "Unavailable"
    And there are no pending debts
    And main has issued nothing
    And the fallback has issued nothing

  Scenario: nothing listens at either address
    Given a client of addresses where nobody listens
    When the app asks for an id under the handle "carol"
    Then it fails with the code "CHT-1111" and the kind "Unavailable"
    And the stage is "NotSent"
    And there are no pending debts
