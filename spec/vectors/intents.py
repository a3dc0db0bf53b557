"""Vectors of spec/receipts.md, sections 1 and 2."""

import json
from decimal import Decimal

from formats import b64, canonical, derive, jcs, labelled

DEFAULTS = {"profile": "secure-fallback", "namespace": "GEN", "type": "I", "parent": None, "metadata": {}}


def salt(number):
    return labelled("test salt", bytes([number]))


class Refused(ValueError):
    """What the text check of section 2 refuses; its text is the code."""


def strict(text):
    """Reads JSON by the rules of section 2: what a double does not hold, halves of surrogate pairs and members that
    repeat are refused before a number is rounded."""
    def exact(read):
        def number(digits):
            if abs(Decimal(digits)) > 2**53 - 1:
                raise Refused("CHT-1004")
            return read(digits)
        return number

    def members(pairs):
        if len({name for name, _ in pairs}) < len(pairs):
            raise Refused("CHT-1016")
        return dict(pairs)

    def constant(name):
        raise Refused("CHT-1004")

    value = json.loads(text, parse_int=exact(int), parse_float=exact(float), parse_constant=constant,
                       object_pairs_hook=members)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Refused("CHT-1017") from None
    return value


def good(description, text, number, read=strict):
    intent = {**DEFAULTS, **read(text)}
    form = jcs({name: intent[name] for name in DEFAULTS}).encode()
    return {
        "description": description, "intent": text, "result": "valid", "canonical": form.decode(),
        "fingerprint": b64(labelled("chitty/intent/v1", form)), "salt": b64(salt(number)),
        "rqd": b64(labelled("chitty/request/v1", salt(number), form)),
    }


def bad(description, text, result):
    return {"description": description, "intent": text, "result": result}


def unsafe(description, text, result):
    """Refused by its text, as the reader above says too."""
    try:
        strict(text)
    except Refused as refused:
        assert str(refused) == result, (text, refused)
        return bad(description, text, result)
    raise AssertionError(text)


def owed(description, text, number):
    """Refused for a new request; one that was stored before numbers were checked keeps its digests."""
    return {**good(description, text, number, as_before), **unsafe(description, text, "CHT-1004")}


def as_before(text):
    """What was read before numbers were checked: whole numbers of more than 64 bits were doubles."""
    return json.loads(text, parse_int=lambda digits: int(digits) if abs(int(digits)) < 2**64 else float(digits))


def nested(depth):
    """Metadata with objects `depth` deep, the metadata object being the first."""
    return json.dumps({"metadata": json.loads('{"a":' * (depth - 1) + "{}" + "}" * (depth - 1))})


def of_length(length):
    """An intent whose canonical form has `length` bytes."""
    empty = len(jcs({**DEFAULTS, "metadata": {"m": ""}}))
    return json.dumps({"metadata": {"m": "x" * (length - empty)}})


def intent_cases():
    goods = [
        ("every default", "{}"),
        ("parent null is written out", '{"parent":null}'),
        ("member order of the source does not count", '{"type":"P","namespace":"USR","metadata":{"b":1,"a":2},"profile":"secure-fallback"}'),
        ("the other order, the same bytes", '{"profile":"secure-fallback","metadata":{"a":2,"b":1},"namespace":"USR","type":"P"}'),
        ("unknown members are ignored", '{"requestSalt":"x","timestamp":1,"namespace":"USR"}'),
        ("a parent of the fallback profile", '{"parent":"AA-E-USR-5678-I-25-8-Y"}'),
        ("a parent of the canonical profile", '{"parent":"03-3-GBR-0042-P-2611-0-28"}'),
        ("the canonical profile", '{"profile":"canonical","namespace":"USA","type":"A"}'),
        ("members sort by UTF-16 code units", r'{"metadata":{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}}'),
        ("no Unicode normalisation", r'{"metadata":{"composed":"\u00e9","decomposed":"e\u0301"}}'),
        ("escapes", r'{"metadata":{"t":"\u0000\b\t\n\f\r\u001f\"\\\/\u007f\u2028"}}'),
        ("numbers that are the same", '{"metadata":{"a":1,"b":1.0,"c":1e0,"d":10e-1,"e":-0,"f":-0.0,"g":0}}'),
        ("number forms", '{"metadata":{"a":1e15,"b":-9.007199254740991E+15,"c":0.000001,"d":1e-7,"e":123.456,"f":-1.5e-300,"g":5e-324,"h":9007199254740991.0}}'),
        ("numbers that need correct rounding", '{"metadata":{"a":0.1,"b":2.2250738585072011e-308,"c":8.533e14,"d":4.1e-33,"e":9007199254740990.6,"f":1.00000000000000011102230246251565}}'),
        ("too small for a double", '{"metadata":{"a":1e-400,"b":-1e-400,"c":0e400}}'),
        ("the same name in different objects", r'{"metadata":{"a":{"a":1,"\u0041":2},"b":{"a":1}}}'),
        ("large numbers as text", '{"metadata":{"account":"18446744073709551617"}}'),
        ("largest integers", '{"metadata":{"a":9007199254740991,"b":-9007199254740991}}'),
        ("null, booleans, empty containers", '{"metadata":{"n":null,"t":true,"f":false,"a":[],"o":{}}}'),
        ("arrays keep their order", '{"metadata":{"a":[3,1,2,[{"b":1,"a":2}]]}}'),
        ("a name that looks like a number", '{"metadata":{"10":1,"9":2}}'),
        ("eight levels", nested(8)),
        ("the longest canonical form", of_length(16640)),
    ]
    bads = [
        ("a namespace of two letters", '{"namespace":"US"}', "CHT-1002"),
        ("a namespace in lower case", '{"namespace":"usr"}', "CHT-1002"),
        ("a namespace with a digit", '{"namespace":"US1"}', "CHT-1002"),
        ("a type of two letters", '{"type":"PP"}', "CHT-1003"),
        ("no type", '{"type":""}', "CHT-1003"),
        ("a type in lower case", '{"type":"p"}', "CHT-1003"),
        ("type I in the canonical profile", '{"profile":"canonical"}', "CHT-1003"),
        ("an unknown profile", '{"profile":"legacy"}', "CHT-2022"),
        ("an error id as parent", json.dumps({"parent": canonical("03-0-ERR-0001-P-2611-0")}), "CHT-1006"),
        ("an integer beyond 2^53 - 1", '{"metadata":{"a":9007199254740992}}', "CHT-1004"),
        ("an integer beyond -(2^53 - 1), nested", '{"metadata":{"a":[{"b":-9007199254740992}]}}', "CHT-1004"),
        ("nine levels", nested(9), "CHT-1004"),
        ("nine levels of arrays", '{"metadata":{"a":' + "[" * 8 + "]" * 8 + "}}", "CHT-1004"),
        ("one byte too long", of_length(16641), "CHT-1004"),
        ("a text that is no id as parent", '{"parent":"AA-X-USR-5678-I-25-8-Y"}', "unreadable"),
        ("metadata that is no object", '{"metadata":[]}', "unreadable"),
        ("metadata that is cut short", '{"metadata":{"a":1}', "unreadable"),
    ]
    refused = [
        ("an account that a double rounds", '{"metadata":{"account":18446744073709551617}}', "CHT-1004"),
        ("the same with a fraction", '{"metadata":{"a":9007199254740993.0}}', "CHT-1004"),
        ("the same with an exponent", '{"metadata":{"a":[9.007199254740993e15]}}', "CHT-1004"),
        ("a fraction above 2^53 - 1", '{"metadata":{"a":9007199254740991.25}}', "CHT-1004"),
        ("a number beyond IEEE 754", '{"metadata":{"a":1e400}}', "CHT-1004"),
        ("a negative one", '{"metadata":{"a":-1e400}}', "CHT-1004"),
        ("a member twice", '{"metadata":{"a":1,"a":2}}', "CHT-1016"),
        ("a member twice with one value", '{"metadata":{"a":[{"b":1,"c":2,"b":1}]}}', "CHT-1016"),
        ("a member twice after unescaping", r'{"metadata":{"a":1,"\u0061":2}}', "CHT-1016"),
        ("a member twice as a pair of surrogates", r'{"metadata":{"\ud83d\ude00":1,"\uD83D\uDE00":2}}', "CHT-1016"),
        ("metadata twice", '{"metadata":{},"metadata":{}}', "CHT-1016"),
        ("a member twice that nobody asked for", '{"note":{"x":1,"x":1}}', "CHT-1016"),
        ("half of a surrogate pair", r'{"metadata":{"a":"\ud800"}}', "CHT-1017"),
        ("the other half", r'{"metadata":{"a":"\udc00\ud800"}}', "CHT-1017"),
        ("half of a surrogate pair as a name", r'{"metadata":{"\udfff":1}}', "CHT-1017"),
    ]
    debts = [
        ("stored before: an account beyond a double", '{"metadata":{"account":18446744073709551616}}'),
        ("stored before: the next account, the same digests", '{"metadata":{"account":18446744073709551617}}'),
        ("stored before: number forms", '{"metadata":{"a":1e21,"b":1e20,"c":-1.5e300,"d":1.7976931348623157e308}}'),
    ]
    return [good(what, text, n) for n, (what, text) in enumerate(goods)] + [bad(*case) for case in bads] + \
        [unsafe(*case) for case in refused] + [owed(what, text, 99) for what, text in debts]


def derivation_cases():
    keys = [bytes(32), bytes(range(32)), bytes([0xFF] * 32)]
    handles = [("one byte", b"a"), ("a zero byte", b"\0"), ("text", "row-17/é".encode()), ("the longest", b"h" * 256),
               ("a label of its own", b"chitty/salt/v1\0")]
    cases = []
    for number, store_key in enumerate(keys):
        for what, handle in handles:
            key = derive(store_key, "chitty/key/v1", handle)
            secret = derive(store_key, "chitty/salt/v1", handle)
            tenant = ["tenant-a", "", "Größe"][number]
            cases.append({
                "description": f"store key {number + 1}, handle: {what}", "store_key": b64(store_key), "handle": b64(handle),
                "result": "valid", "key": b64(key), "salt": b64(secret), "idk": b64(labelled("chitty/idk/v1", key)),
                "tenant": tenant, "tnd": b64(labelled("chitty/tenant/v1", secret, tenant.encode())),
            })
    for what, handle in [("no handle", b""), ("257 bytes", b"h" * 257)]:
        cases.append({"description": what, "store_key": b64(keys[0]), "handle": b64(handle), "result": "CHT-1005"})
    return cases
