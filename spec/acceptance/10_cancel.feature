Feature: Cancelling a waiting call returns promptly and loses nothing

  Scenario: the app stops waiting and asks again later
    Given a client with a deadline of 20000 ms
    And main takes 5000 ms for every answer
    When the app starts to ask for an id under the handle "frank"
    And 300 ms pass
    And the app cancels the call it started
    Then the call it started ends within 3000 ms
    And it fails with the code "CHT-1904" and the kind "Retry"
    When main is back
    And the app asks for an id under the handle "frank"
    Then it gets a permanent id of domain "C", called "frank"
    And main has issued exactly "frank"
    And the fallback has issued nothing

  Scenario: main had issued before the app stopped waiting
    Given a client with a deadline of 20000 ms
    And main commits and then cuts the connection
    And the fallback takes 10000 ms for every answer
    When the app starts to ask for an id under the handle "grace"
    And 2000 ms pass
    And the app cancels the call it started
    Then the call it started ends within 3000 ms
    And it fails with the code "CHT-1904" and the kind "Retry"
    And main has issued one id, called "committed"
    When main is back
    And the fallback is back
    And the app asks for an id under the handle "grace" until it succeeds
    And the app drains until nothing is owed
    And the app asks for an id under the handle "grace"
    Then it gets "committed" again
    And main has issued exactly "committed"

  Scenario: a call that is not cancelled ends as ever
    Given a client
    When the app starts to ask for an id under the handle "heidi"
    Then the call it started ends within 5000 ms
    And it gets a permanent id of domain "C", called "heidi"
