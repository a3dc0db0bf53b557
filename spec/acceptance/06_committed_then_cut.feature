Feature: An id that main issued before the connection broke is the id that counts

  Scenario: the fallback helps out, and draining finds what main had issued
    Given a client
    And main commits and then cuts the connection
    When the app asks for an id under the handle "dora"
    Then it gets a temporary id of domain "E", called "old"
    And main has issued one id, called "committed"
    When main is back
    And the app drains until nothing is owed
    And the app resolves "old"
    Then it gets "committed" again
    And main has issued exactly "committed"
