Feature: When main is back, temporary ids are replaced

  Scenario: the app drains
    Given a client
    And main is down
    When the app asks for an id under the handle "bob"
    Then it gets a temporary id of domain "E", called "old"
    When main is back
    And the app drains until nothing is owed
    Then there are no pending debts
    When the app resolves "old"
    Then it gets a permanent id of domain "C", called "new"
    And the event "reconciled" leads from "old" to "new"
    And main has issued exactly "new"
    And main says that "new" is valid
    And main says that "old" is superseded by "new"
    And the receipt of "new" proves "new"
    When the app asks for an id under the handle "bob"
    Then it gets "new" again

  Scenario: the app replaces one id
    Given a client
    And main is down
    When the app asks for an id under the handle "bob"
    Then it gets a temporary id of domain "E", called "old"
    When main is back
    And the app reconciles "old"
    Then it gets a permanent id of domain "C", called "new"
    And there are no pending debts
    When the app reconciles "new"
    Then it fails with the code "CHT-1603" and the kind "InvalidInput"

  Scenario: nobody does anything
    Given a client that reconciles by itself
    And main is down
    When the app asks for an id under the handle "bob"
    Then it gets a temporary id of domain "E", called "old"
    When main is back
    Then the event "reconciled" is seen for "old"
    And there are no pending debts
    When the app resolves "old"
    Then it gets a permanent id of domain "C", called "new"
