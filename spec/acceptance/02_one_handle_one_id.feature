Feature: One handle names one thing

  Scenario: the same handle gives the same id
    Given a client
    When the app asks for an id under the handle "row-17"
    Then it gets a permanent id of domain "C", called "first"
    When the app asks for an id under the handle "row-17"
    Then it gets "first" again
    And main has issued exactly "first"

  Scenario: another request under a used handle is refused
    Given a client
    When the app asks for an id under the handle "row-17"
    Then it gets a permanent id of domain "C", called "first"
    When the app asks for something else under the handle "row-17"
    Then it fails with the code "CHT-1602" and the kind "Conflict"
    And main has issued exactly "first"

  Scenario: an empty handle is refused before anything is sent
    Given a client
    When the app asks for an id under the handle ""
    Then it fails with the code "CHT-1005" and the kind "InvalidInput"
    And main has issued nothing
