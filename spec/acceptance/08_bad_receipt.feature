Feature: A receipt that does not fit is refused offline

  Scenario: the receipt of another id, an altered one and none
    Given a client
    When the app asks for an id under the handle "alice"
    Then it gets a permanent id of domain "C", called "alice"
    When the app asks for an id under the handle "bob"
    Then it gets a permanent id of domain "C", called "bob"
    When main is down
    And the fallback is down
    Then the receipt of "alice" proves "alice"
    And the receipt of "alice" does not prove "bob" for the reason "CHT-1306"
    And the receipt of "alice" with another signature does not prove "alice" for the reason "CHT-1305"
    And the receipt of "alice" with another payload does not prove "alice" for the reason "CHT-1305"
    And the receipt of "alice" without its signature does not prove "alice" for the reason "CHT-1302"
    And an empty receipt does not prove "alice" for the reason "CHT-1302"

  Scenario: without a trusted key set nothing is proved
    Given a client
    When the app asks for an id under the handle "alice"
    Then it gets a permanent id of domain "C", called "alice"
    When the client is closed
    And main is down
    And a client without a key set
    Then whether the receipt of "alice" proves "alice" stays open for the reason "CHT-1317"

  Scenario: every receipt vector gets the verdict of the specification
    Then the program replays the "receipts" vectors as the specification says
