"""Vectors of spec/credentials.md: everything but the BBS values, which need the curve."""

import datetime
import hashlib
import json

from anchors import SEEDS, pseudonym_secret
from formats import b64, hkdf, jcs, labelled, lp

SUITES = ["BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_", "BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_"]
BLS_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
ISSUER = "https://issuer.example"


def day(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def secret_cases():
    def scalar(secret, label, suite, issuer):
        info = label + b"\0" + lp(suite.encode()) + lp(issuer.encode())
        return (int.from_bytes(hkdf(b"spookyid/holder/v1", secret, info, 48), "big") % BLS_ORDER).to_bytes(32, "big")

    return [{"description": f"{issuer}, {suite}", "result": "valid", "secret": b64(secret), "suite": suite, "issuer": issuer,
             "prover_nym": b64(scalar(secret, b"spookyid/prover-nym/v1", suite, issuer)),
             "blind": b64(scalar(secret, b"spookyid/prover-blind/v1", suite, issuer))}
            for secret in map(pseudonym_secret, SEEDS[:2]) for suite in SUITES for issuer in (ISSUER, "https://x.example")]


def octets(kind, value):
    if kind == "text":
        return value.encode()
    if kind == "integer":
        return value.to_bytes(8, "big", signed=True)
    if kind == "boolean":
        return bytes([value])
    if kind == "date":
        return day(value).to_bytes(4, "big", signed=True)
    return value


def message_cases():
    values = [("text", ""), ("text", "1"), ("text", "Ångström 🦀"), ("text", "true"), ("text", "\0" * 8), ("integer", 0),
              ("integer", 1), ("integer", -1), ("integer", 2**53 - 1), ("integer", 1 - 2**53), ("boolean", True),
              ("boolean", False), ("date", "1970-01-01"), ("date", "1969-12-31"), ("date", "0001-01-01"),
              ("date", "9999-12-31"), ("date", "2024-02-29"), ("bytes", b""), ("bytes", bytes(8)), ("bytes", b"\1"),
              ("status_index", bytes(range(16)) + (77_777).to_bytes(8, "big"))]
    cases = []
    for name in ("a", "a_b_2"):
        for kind, value in values:
            message = b"spookyid/attribute/v1\0" + lp(kind.encode()) + lp(name.encode()) + lp(octets(kind, value))
            cases.append({"description": kind, "result": "valid", "name": name,
                          "value": {"type": kind, "value": b64(value) if isinstance(value, bytes) else value},
                          "message": b64(message)})
    refused = [("integer", 2**53), ("integer", -(2**53)), ("integer", 1.5), ("integer", "1"), ("boolean", 1), ("boolean", "true"),
               ("text", 1), ("text", True), ("text", None), ("date", "2023-02-29"), ("date", "2023-2-01"), ("date", 0),
               ("bytes", "AA=="), ("bytes", [1]), ("status_index", "AA"), ("number", 1), ("text", "x" * 4097)]
    return cases + [{"description": f"refused {kind}", "result": "malformed", "name": "a", "value": {"type": kind, "value": value}}
                    for kind, value in refused]


def schema(*attributes, **changes):
    out = {"typ": "spookyid/schema/v1", "id": "https://issuer.example/person", "life_days": 7, "linkable": False,
           "attributes": list(attributes), **changes}
    return {name: value for name, value in out.items() if value is not ...}


def attribute(name, kind, **more):
    return {"name": name, "type": kind, **more}


BIRTH, NAME = attribute("birth_date", "date"), attribute("family_name", "text")
OVER = attribute("age_over_21", "boolean", derived={"rule": "age_over", "from": "birth_date", "years": 21})
INDEX = attribute("status", "status_index")
PERSON = schema(NAME, BIRTH, OVER, attribute("points", "integer"))


def schema_cases():
    def good(description, value, text=None):
        canonical = jcs(value)
        return {"description": description, "schema": text or json.dumps(value), "result": "valid", "canonical": canonical,
                "digest": b64(hashlib.sha256(canonical.encode()).digest())}

    def bad(description, value):
        return {"description": description, "schema": value if isinstance(value, str) else json.dumps(value), "result": "malformed"}

    rule = OVER["derived"]
    return [
        good("a person", PERSON), good("spread out", PERSON, json.dumps(PERSON, indent=3)),
        good("members in another order", PERSON, json.dumps(dict(reversed(PERSON.items())))),
        good("every type", schema(*[attribute(kind, kind) for kind in ("text", "integer", "boolean", "date", "bytes")])),
        good("linkable", schema(NAME, INDEX, linkable=True)), good("linkable without index", schema(NAME, linkable=True)),
        good("64 attributes", schema(*[attribute(f"a{i}", "text") for i in range(64)])),
        good("the longest name and life", schema(attribute("a" * 64, "text"), life_days=398)),
        good("text beyond ASCII in the id", schema(NAME, id="Ångström 🦀")),
        bad("no attribute", schema()), bad("65 attributes", schema(*[attribute(f"a{i}", "text") for i in range(65)])),
        bad("a name twice", schema(NAME, NAME)), bad("an unknown type", schema(attribute("a", "number"))),
        *[bad(f"the name {name!r}", schema(attribute(name, "text"))) for name in ("", "A", "1a", "_a", "a-b", "ä", "a" * 65)],
        bad("an index without the flag", schema(INDEX)),
        bad("two indexes", schema(INDEX, attribute("status_2", "status_index"), linkable=True)),
        bad("a life of 0", schema(NAME, life_days=0)), bad("a life of 399", schema(NAME, life_days=399)),
        bad("a life with a fraction", schema(NAME, life_days=7.5)), bad("no id", schema(NAME, id="")),
        bad("a long id", schema(NAME, id="x" * 256)), bad("another typ", schema(NAME, typ="spookyid/schema/v2")),
        bad("derived from nothing", schema(OVER)), bad("derived from a text", schema({**BIRTH, "type": "text"}, OVER)),
        bad("a derived text", schema(BIRTH, {**OVER, "type": "text"})),
        bad("an age of 0", schema(BIRTH, {**OVER, "derived": {**rule, "years": 0}})),
        bad("an age of 151", schema(BIRTH, {**OVER, "derived": {**rule, "years": 151}})),
        bad("another rule", schema(BIRTH, {**OVER, "derived": {**rule, "rule": "age_under"}})),
        bad("an unknown member of a rule", schema(BIRTH, {**OVER, "derived": {**rule, "x": 1}})),
        bad("an unknown member", schema(NAME, note=1)), bad("an unknown member of an attribute", schema({**NAME, "x": 1})),
        *[bad(f"no {name}", schema(NAME, **{name: ...})) for name in ("typ", "id", "life_days", "linkable")],
        bad("a member twice", json.dumps(PERSON)[:-1] + ', "linkable": false}'), bad("no JSON", "schema"),
        bad("trailing text", json.dumps(PERSON) + "{}"),
    ]


def header_cases():
    digest = hashlib.sha256(jcs(PERSON).encode()).digest()
    return [{"description": text, "result": "valid", "schema": b64(digest), "not_after": text,
             "header": b64(digest + day(text).to_bytes(4, "big"))} for text in ("1970-01-01", "2026-11-25", "9999-12-31")]


def policy(*attributes, **changes):
    return {"typ": "spookyid/policy/v1", "issuers": [ISSUER], "schema": b64(hashlib.sha256(jcs(PERSON).encode()).digest()),
            "attributes": list(attributes), "tag": True, "max_days": 7, **changes}


OVER_21 = {"name": "age_over_21", "equals": {"type": "boolean", "value": True}}


def policy_cases():
    def case(description, value, result="valid", linkable=False):
        given = schema(NAME, INDEX, linkable=True) if linkable else PERSON
        if linkable:
            value = {**value, "schema": b64(hashlib.sha256(jcs(given).encode()).digest())}
        out = {"description": description, "policy": json.dumps(value), "schema": json.dumps(given), "result": result}
        if result == "valid":
            out |= {"canonical": jcs(value), "digest": b64(labelled("spookyid/policy/v1", jcs(value).encode()))}
        return out

    points, name, status = {"name": "points"}, {"name": "family_name"}, {"name": "status"}
    return [
        case("an age and a tag", policy(OVER_21)), case("without tag", policy(OVER_21, tag=False)),
        case("nothing but a tag", policy()), case("two attributes", policy(OVER_21, points)),
        case("two issuers", policy(OVER_21, issuers=[ISSUER, "https://x.example"])),
        case("a status index without tag", policy(name, status, tag=False), linkable=True),
        case("a status index and a tag", policy(status), "policy_tag_with_status_index", True),
        case("a status index that is left out", policy(name, tag=False), "policy_status_index_missing", True),
        case("no issuer", policy(issuers=[]), "policy_issuers"),
        case("an issuer twice", policy(issuers=[ISSUER, ISSUER]), "policy_issuers"),
        case("issuers in another order", policy(issuers=["https://x.example", ISSUER]), "policy_issuers"),
        case("17 issuers", policy(issuers=[f"https://{i:02}.example" for i in range(17)]), "policy_issuers"),
        case("another schema", policy(schema=b64(bytes(32))), "policy_other_schema"),
        case("an unknown attribute", policy({"name": "shoe_size"}), "policy_unknown_attribute"),
        case("an attribute twice", policy(points, points), "policy_repeated_attribute"),
        case("attributes in another order", policy(points, OVER_21), "policy_repeated_attribute"),
        case("a value of another type", policy({**OVER_21, "equals": {"type": "integer", "value": 1}}), "policy_value_type"),
        case("fewer days than a life", policy(max_days=6), "policy_days"),
        case("another typ", policy(typ="spookyid/policy/v2"), "malformed"), case("an unknown member", policy(x=1), "malformed"),
        case("a tag as number", policy(tag=1), "malformed"), case("a schema that is short", policy(schema="AA"), "malformed"),
    ]


# Points of G2 that anybody knows: the generator, and its negative. Nobody signs with them here.
G2 = bytes.fromhex("93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
                   "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8")
ONE, TWO = b64(G2), b64(bytes([G2[0] ^ 0x20]) + G2[1:])
SHA256 = SUITES[0]


def issuer_keys_cases():
    def period(key, first, last, state=None, **changes):
        entry = {"suite": SHA256, "key": key, "from": f"2026-{first}", "until": f"2026-{last}", **changes}
        return {**entry, "state": state} if state else entry

    def text(keys, version=1, **changes):
        return json.dumps({"typ": "spookyid/issuer-keys/v1", "issuer": "https://issuer.example", "version": version,
                           "keys": keys, **changes})

    def case(description, offered, result="valid", held=None, today="2026-06-15", **days):
        given = {"description": description, "result": result, "offered": offered if isinstance(offered, str) else text(offered)}
        if held:
            given |= {"held": text(held), "today": today}
        return given | ({"keys": days["keys"]} if days else {})

    june, july = period(ONE, "06-01", "06-30"), period(TWO, "07-01", "07-31")
    revoked, again = period(ONE, "06-01", "06-30", "revoked"), period(TWO, "06-01", "06-30")
    later = lambda keys: text(keys, 2)
    return [
        case("two periods", [june, july], keys={"2026-05-31": None, "2026-06-01": ONE, "2026-06-30": ONE, "2026-07-01": TWO}),
        case("a state that is the default", [{**june, "state": "active"}], keys={"2026-06-15": ONE}),
        case("a revoked key", [revoked], keys={"2026-06-15": None}),
        case("a revoked key and another for its days", [revoked, again], keys={"2026-06-15": TWO}),
        case("a key in an unknown state", [period(ONE, "06-01", "06-30", "suspended")], keys={"2026-06-15": None}),
        case("a key of an unknown suite", [{**june, "suite": "BBS_TOMORROW"}, again], keys={"2026-06-15": TWO}),
        case("a key of an unknown suite that looks like nothing known", [{"suite": "BBS_TOMORROW", "key": 7, "more": []}, june],
             keys={"2026-06-15": ONE}),
        case("periods that overlap", [june, period(TWO, "06-30", "07-31")], "malformed"),
        case("periods that descend", [july, june], "malformed"),
        case("an empty period", [period(ONE, "06-30", "06-29")], "malformed"),
        case("an active key that is revoked elsewhere", [revoked, period(ONE, "07-01", "07-31")], "malformed"),
        case("a key that is short", [{**june, "key": ONE[:-1]}], "malformed"),
        case("no suite", [{n: v for n, v in june.items() if n != "suite"}], "malformed"),
        case("an unknown member of a known suite's key", [{**june, "more": 1}], "malformed"),
        case("a state that is no text", [{**june, "state": 1}], "malformed"),
        case("65 keys", [revoked] * 65, "malformed"), case("64 keys", [revoked] * 64, keys={"2026-06-15": None}),
        case("another typ", text([june], typ="spookyid/issuer-keys/v2"), "malformed"),
        case("after itself", text([june]), held=[june]),
        case("another content of one version", text([june, july]), "rolled_back", held=[june]),
        case("a lower version", text([june], 0), "rolled_back", held=[june]),
        case("another issuer", text([june], 2, issuer="https://other.example"), "rolled_back", held=[june]),
        case("one more period", later([june, july]), held=[june]),
        case("a period that becomes revoked", later([revoked]), held=[june]),
        case("a period that becomes revoked, and another key for its days", later([revoked, again]), held=[june]),
        case("a period that is not revoked any more", later([june]), "changed", held=[revoked]),
        case("a revoked period that is forgotten", later([again]), "changed", held=[revoked]),
        case("a revoked period that is forgotten when it is over", later([july]), held=[revoked], today="2026-07-01"),
        case("another key for a period", later([again]), "changed", held=[june]),
        case("a shorter period", later([period(ONE, "06-01", "06-29")]), "changed", held=[june]),
        case("a period that becomes revoked and longer", later([period(ONE, "06-01", "07-01", "revoked")]), "changed", held=[june]),
        case("a period that is gone on its last day", later([july]), "changed", held=[june], today="2026-06-30"),
    ]


def presentation_header_cases():
    digest = labelled("spookyid/policy/v1", jcs(policy(OVER_21)).encode())
    nonces = [bytes(32), labelled("test nonce", b"presentation")]
    return [{"description": host, "result": "valid", "host": host, "nonce": b64(nonce), "policy": b64(digest),
             "header": b64(hashlib.sha256(b"spookyid/ph/v1" + lp(host.encode()) + lp(nonce) + lp(digest)).digest())}
            for host in ("shop.example", "xn--bcher-kva.example") for nonce in nonces]


def age_cases():
    return [{"description": f"{born}, {years} years on {on}", "result": "valid", "born": born, "years": years, "on": on,
             "reached": reached} for born, years, on, reached in [
        ("2005-11-18", 21, "2026-11-17", False), ("2005-11-18", 21, "2026-11-18", True), ("2004-02-29", 21, "2025-02-28", False),
        ("2004-02-29", 21, "2025-03-01", True), ("2004-02-29", 20, "2024-02-28", False), ("2004-02-29", 20, "2024-02-29", True),
        ("2026-11-18", 1, "2026-11-18", False), ("1900-01-01", 150, "2049-12-31", False), ("1900-01-01", 126, "2026-01-01", True)]]


def context_cases():
    def good(text, host=None):
        host = host or text
        return {"description": text, "host": text, "result": "valid", "canonical": host,
                "context": b64(b"spookyid/nym/v1\0dns\0" + host.encode())}

    label = "xn--" + "bücher".encode("punycode").decode()
    refused = ["", ".", "a..b", ".a", "a.example.", "-a.example", "a-.example", "a_b.example", "a b", "a/b", "a:443",
               "https://a.example", "u@a.example", "a\\b", "a?b", "a#b", "a%2eb", "192.0.2.1", "7", "a.7", "0x7f", "a.0x7f",
               "[::1]", "::1", "a" * 64, ".".join(["a"] * 128), "a\0b"]
    return [good("shop.example"), good("SHOP.Example", "shop.example"), good("bücher.example", label + ".example"),
            good("BÜCHER.EXAMPLE", label + ".example"), good(label + ".example"), good("a--b.example"), good("localhost"),
            good("login.shop.example"), good("a" * 63), good(".".join(["a"] * 127))] + [
        {"description": f"refused: {text[:20]!r}", "host": text, "result": "malformed"} for text in refused]
