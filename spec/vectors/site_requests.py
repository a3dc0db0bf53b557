"""Vectors of signed requests: spec/credentials.md, section 5."""

from anchors import T
from credentials import NAME, OVER_21, policy
from formats import EdKey, Key, b64, compact, labelled

SHOP, EVIL = "https://shop.example", "https://evil.example"
SITE, SITE_ED, OTHER = Key("site"), EdKey("site"), Key("another site")
NONCE = labelled("test nonce", b"request")


def key_sets():
    def published(key, kid, state="active", use="spookyid-request"):
        return {**key.jwk, "kid": kid, "use": use, "nbf": T - 1000, "exp": T + 1000, "state": state}

    def key_set(*keys, issuer=SHOP):
        return {"issuer": issuer, "version": 1, "keys": list(keys)}

    both = [published(SITE, "es"), published(SITE_ED, "ed")]
    return {"shop": key_set(*both), "evil": key_set(*both, issuer=EVIL), "empty": key_set(),
            "revoked": key_set(published(SITE, "es", "revoked")), "other-key": key_set(published(OTHER, "es")),
            "other-use": key_set(published(SITE, "es", use="spookyid-status"))}


def request(key=SITE, typ="spookyid-request-v2+jwt", tamper=lambda signature: signature, **changes):
    claims = {"iss": SHOP, "iat": T, "exp": T + 300, "nonce": b64(NONCE), "policy": policy(OVER_21),
              "response_uri": SHOP + "/answers", "flow": "same_device", **changes}
    head = {"alg": "ES256", "kid": "es"} if isinstance(key, Key) else {"alg": "EdDSA", "kid": "ed"}
    return compact({**head, "typ": typ}, {n: v for n, v in claims.items() if v is not ...}, key, tamper)


def request_cases():
    def case(description, text, result="valid", keys="shop", origin=SHOP, arrival="link", now=T, verdict=None):
        return {"description": description, "request": text, "keys": keys, "origin": origin, "arrival": arrival, "now": now,
                "result": result, "verdict": verdict or ("valid" if result == "valid" else "invalid")}

    def elsewhere(description, uri):
        return case(description, request(response_uri=uri), "request_response_uri")

    good, cross, late = request(), request(flow="cross_device"), {"verdict": "indeterminate"}
    return [
        case("by a link, on one device", good),
        case("signed with EdDSA", request(SITE_ED)),
        case("scanned, for another device", cross, arrival="scanned"),
        case("an address with port, path and query", request(response_uri=SHOP + ":8443/a/b?c=d")),
        case("an address that is the host alone", request(response_uri=SHOP)),
        case("another policy", request(policy=policy(NAME_ONLY))),
        case("600 seconds of life", request(exp=T + 600)),
        case("300 seconds after its end", good, now=T + 600),
        case("300 seconds ahead", good, now=T - 300),
        case("301 seconds ahead", good, "request_ahead_of_clock", now=T - 301, **late),
        case("301 seconds after its end", good, "request_expired", now=T + 601),
        case("601 seconds of life", request(exp=T + 601), "request_life_too_long"),
        case("an end before the beginning", request(exp=T - 1), "request_life_too_long"),
        case("for another device, by a link", cross, "request_flow"),
        case("on one device, scanned", good, "request_flow", arrival="scanned"),
        elsewhere("another host", EVIL + "/answers"), elsewhere("a sub-domain", "https://a.shop.example/"),
        elsewhere("the host as a user", "https://shop.example@evil.example/"),
        elsewhere("the host before a backslash", "https://shop.example\\@evil.example/"),
        elsewhere("the host as a prefix", "https://shop.example.evil.example/"),
        elsewhere("plain http", "http://shop.example/answers"), elsewhere("no scheme", "//shop.example/answers"),
        elsewhere("a fragment", SHOP + "/answers#here"), elsewhere("a line break", SHOP + "/answers\nx"),
        elsewhere("a space", SHOP + "/an swers"), elsewhere("a letter beyond ASCII", SHOP + "/ä"), elsewhere("nothing", ""),
        elsewhere("an address of more than 2048 characters", SHOP + "/" + "a" * 2048),
        case("the first version, without an address", request(typ="spookyid-request+jwt", response_uri=..., flow=...),
             "request_other_version"),
        case("the first version, with an address", request(typ="spookyid-request+jwt"), "request_other_version"),
        case("a later version", request(typ="spookyid-request-v3+jwt"), "request_malformed"),
        case("no JWS", "a.b.c", "request_malformed"),
        *[case(f"no {name}", request(**{name: ...}), "request_malformed")
          for name in ("iss", "iat", "exp", "nonce", "policy", "response_uri", "flow")],
        case("an unknown flow", request(flow="any_device"), "request_malformed"),
        case("an unknown claim", request(state="x"), "request_malformed"),
        case("a short nonce", request(nonce="AA"), "request_malformed"),
        case("a changed signature", request(tamper=lambda it: bytes([it[0] ^ 1]) + it[1:]), "request_signature"),
        case("another key of that name", good, "request_signature", keys="other-key"),
        case("a key that nobody published", good, "request_unknown_key", keys="empty", **late),
        case("a key of another use", good, "request_unknown_key", keys="other-use", **late),
        case("a revoked key", good, "request_key_not_valid", keys="revoked"),
        case("signed before the key's life", request(iat=T - 1001, exp=T - 900), "request_key_not_valid"),
        case("under another host's keys", good, "request_other_host", keys="evil", origin=EVIL),
    ]


NAME_ONLY = {"name": NAME["name"]}
