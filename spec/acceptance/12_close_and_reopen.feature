Feature: After close nothing works, and a reopened store keeps debts and aliases

  Scenario: calls after close
    Given a client
    When the client is closed
    And the app asks for an id under the handle "leo"
    Then it fails with the code "CHT-1903" and the kind "InvalidInput"
    When the app drains
    Then it fails with the code "CHT-1903" and the kind "InvalidInput"
    When the app lists its debts
    Then it fails with the code "CHT-1903" and the kind "InvalidInput"
    When the client is closed
    Then main has issued nothing

  Scenario: debts and aliases outlive the client
    Given a client with a store in a file
    And main is down
    When the app asks for an id under the handle "mia"
    Then it gets a temporary id of domain "E", called "old"
    When the client is closed
    And a client with a store in a file
    Then the pending debts are exactly "old"
    When main is back
    And the app drains until nothing is owed
    And the app resolves "old"
    Then it gets a permanent id of domain "C", called "new"
    When the client is closed
    And main is down
    And the fallback is down
    And a client with a store in a file
    And the app resolves "old"
    Then it gets "new" again
    When the app asks for an id under the handle "mia"
    Then it gets "new" again
    And there are no pending debts

  Scenario: debts outlive the program
    Given a client with a store in a file
    And main is down
    When the app asks for an id under the handle "nina"
    Then it gets a temporary id of domain "E", called "old"
    When the program is killed and started again
    And main is back
    And a client with a store in a file
    Then the pending debts are exactly "old"
    When the app asks for an id under the handle "nina" until it succeeds
    And the app drains until nothing is owed
    And the app resolves "old"
    Then it gets a permanent id of domain "C", called "new"
    And main has issued exactly "new"
