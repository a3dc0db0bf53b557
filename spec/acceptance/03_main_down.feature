Feature: While main is down there is a temporary id and one debt

  Scenario: the fallback helps out
    Given a client
    And main is down
    When the app asks for an id under the handle "bob"
    Then it gets a temporary id of domain "E", called "bob"
    And the fallback has issued exactly "bob"
    And the receipt of "bob" proves "bob"
    And the pending debts are exactly "bob"
    When the app resolves "bob"
    Then it fails with the code "CHT-1610" and the kind "Retry"

  Scenario: who insists on a permanent id gets none
    Given a client
    And main is down
    When the app insists on a permanent id under the handle "bob"
    Then it fails with the code "CHT-1606" and the kind "Unavailable"
    And the fallback has issued nothing
    And there are no pending debts
