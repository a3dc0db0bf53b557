Feature: A call ends within its deadline

  Scenario: main and the fallback both hang
    Given a client with a deadline of 1500 ms
    And main takes 60000 ms for every answer
    And the fallback takes 60000 ms for every answer
    When the app asks for an id under the handle "ivan"
    Then it fails with the code "CHT-1111" and the kind "Unavailable"
    And the stage is "MaybeSent"
    And it took at most 5000 ms

  Scenario: main hangs and the fallback helps out in time
    Given a client with a deadline of 3000 ms
    And main takes 60000 ms for every answer
    When the app asks for an id under the handle "judy"
    Then it gets a temporary id of domain "E", called "judy"
    And it took at most 3000 ms

  Scenario: one call has a deadline of its own
    Given a client with a deadline of 30000 ms
    And main takes 60000 ms for every answer
    And the fallback takes 60000 ms for every answer
    When the app asks for an id under the handle "kim" within 1000 ms
    Then it fails with the code "CHT-1111" and the kind "Unavailable"
    And it took at most 5000 ms
