"""Vectors of spec/receipts.md, sections 3 to 6: key sets, grants and receipts."""

import json

from formats import ORDER, Key, b64, canonical, compact, labelled, receipt_digest, secure_fallback

T = 1_795_000_000  # 2026-11-18T14:26:40Z
DAY = 86_400
ISSUER, FALLBACK = "https://id.example", "https://fallback.example"
NAMES = ["receipt", "receipt-old", "receipt-revoked", "receipt-next", "grant", "grant-old", "grant-revoked",
         "holder", "holder-2", "stranger", "other-use"]
KEYS = {name: Key(name) for name in NAMES}

STANDARD = secure_fallback("AA-C-USR-1234-I-8Z-0")
FALLBACK_ID = secure_fallback("FA-E-USR-5678-I-8Z-0")
PERMANENT = secure_fallback("AA-C-USR-9012-I-8Z-0")
CANONICAL = canonical("03-3-GBR-0042-P-2611-0")
RQD, IDK = (b64(labelled("test digest", part)) for part in (b"rqd", b"idk"))
OTHER = b64(labelled("test digest", b"other"))


def published(name, use, state, nbf=T - 30 * DAY, exp=T + 30 * DAY):
    return {**KEYS[name].jwk, "kid": name, "use": use, "nbf": nbf, "exp": exp, "state": state}


def key_set(version=7, **changes):
    keys = [
        published("receipt", "chitty-receipt", "active"),
        published("receipt-old", "chitty-receipt", "retired", T - 90 * DAY, T - 20 * DAY),
        published("receipt-revoked", "chitty-receipt", "revoked"),
        published("receipt-next", "chitty-receipt", "next", T + 20 * DAY, T + 90 * DAY),
        published("grant", "chitty-grant", "active"),
        published("grant-old", "chitty-grant", "retired", T - 90 * DAY, T - 20 * DAY),
        published("grant-revoked", "chitty-grant", "revoked"),
        published("other-use", "fact-proof", "active"),
    ]
    return {"issuer": ISSUER, "version": version, "keys": keys, **changes}


def key_sets():
    unknown_state = key_set()
    unknown_state["keys"][0]["state"] = "compromised"
    return {"main": key_set(), "empty": key_set(keys=[]), "other-issuer": key_set(issuer="https://other.example"),
            "unknown-state": unknown_state}


def key_set_cases():
    def case(description, offered, result, held=None, changed=None):
        out = {"description": description, "offered": json.dumps(offered) if not isinstance(offered, str) else offered,
               "result": result}
        if held is not None:
            out["held"] = json.dumps(held)
        if changed is not None:
            out["changed"] = changed
        return out

    def first(**changes):
        changed = key_set()
        changed["keys"][0] = {**changed["keys"][0], **changes}
        return changed

    def without(name):
        changed = key_set()
        del changed["keys"][0][name]
        return changed

    def beside(*keys, version=7):
        return key_set(version, keys=[*keys, *key_set()["keys"]])

    def repeated(name, text):
        """A key of main's with one member written a second time."""
        return json.dumps(key_set()).replace('{"kty"', '{"%s": %s, "kty"' % (name, text), 1)

    x = b64(bytes(range(32)))
    foreign = [
        ("an RSA key", {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "r", "use": "sig"}),
        ("an RSA key of main's use", {**first(kty="RSA")["keys"][0], "kid": "r"}),
        ("an OKP key without life and state", {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "o", "use": "sig"}),
        ("a key of an unknown type", {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "use": "chitty-receipt"}),
        ("a key whose type is no text", {"kty": 7, "use": "chitty-receipt"}),
        ("a key of main's use on another curve", {**first(crv="P-384")["keys"][0], "kid": "p"}),
        ("a key of main's use without curve", {"kty": "EC", "x": x, "y": x, "use": "chitty-receipt"}),
        ("a P-256 key of another use, without life and state", {**KEYS["other-use"].jwk, "use": "sig"}),
        ("a P-256 key without use", KEYS["other-use"].jwk),
        ("a P-256 key of several uses", {**KEYS["other-use"].jwk, "use": ["chitty-receipt"]}),
        ("a key of another use off the curve", {**KEYS["other-use"].jwk, "x": x, "use": "fact-proof"}),
        ("a key of another use whose life is no number", {"use": "sig", "nbf": "soon", "exp": 1.5, "state": {"a": [1]}}),
        ("an empty object", {}),
    ]
    reordered = key_set()
    reordered["keys"].reverse()

    twice = key_set()
    twice["keys"].append({**twice["keys"][2], "kid": "receipt"})
    shared_kid = key_set()
    shared_kid["keys"][4]["kid"] = "receipt"
    off_curve = KEYS["receipt"].jwk["x"][:-2] + ("AA" if KEYS["receipt"].jwk["x"][-2:] != "AA" else "BA")
    return [
        case("a full set", key_set(), "valid"),
        case("no keys", key_set(keys=[]), "valid"),
        case("unknown members", {**key_set(), "extra": 1}, "valid"),
        case("an unknown state counts as revoked and can be read", first(state="compromised"), "valid"),
        case("a kid may occur again in another use", shared_kid, "valid"),
        case("a kid twice in one use", twice, "CHT-1015"),
        case("not JSON", "{", "CHT-1015"),
        case("a bare JWKS without issuer and version", {"keys": []}, "CHT-1015"),
        case("a negative version", key_set(version=-1), "CHT-1015"),
        *[case(f"ignored: {what}", beside(key), "valid", key_set(), False) for what, key in foreign],
        case("ignored: all of them together", beside(*[key for _, key in foreign]), "valid", key_set(), False),
        case("the same version without what was ignored", key_set(), "valid", beside(foreign[0][1]), False),
        case("the same version in another order", reordered, "valid", key_set(), False),
        case("a higher version beside what is ignored", beside(foreign[0][1], version=8), "valid", key_set(7), True),
        case("the same version, of which one key is not main's any more", first(use="sig"), "CHT-1318", key_set()),
        case("unknown members in a key", first(alg="ES256", x5t="AA", key_ops=["verify"]), "valid"),
        case("a member of keys that is a text", key_set(keys=["a"]), "CHT-1015"),
        case("a member of keys that is null", key_set(keys=[*key_set()["keys"], None]), "CHT-1015"),
        case("keys that are no array", key_set(keys={}), "CHT-1015"),
        case("a use twice in one key", repeated("use", '"sig"'), "CHT-1015"),
        case("a state twice in one key", repeated("state", '"revoked"'), "CHT-1015"),
        case("a life that is a text", first(exp="4000000000"), "CHT-1015"),
        case("a life that is a fraction", first(nbf=1.5), "CHT-1015"),
        case("a life that is longer than numbers", first(exp=2**63), "CHT-1015"),
        case("a state that is no text", first(state=1), "CHT-1015"),
        case("a kid that is no text", first(kid=1), "CHT-1015"),
        case("a point off the curve", first(x=off_curve), "CHT-1015"),
        case("a coordinate of 31 bytes", first(x=b64(bytes(31))), "CHT-1015"),
        case("a padded coordinate", first(x=KEYS["receipt"].jwk["x"] + "="), "CHT-1015"),
        *[case(f"a key without {name}", without(name), "CHT-1015") for name in ("kid", "nbf", "exp", "state", "x", "y")],
        case("the same set again", key_set(), "valid", key_set(), False),
        case("a higher version", key_set(8), "valid", key_set(7), True),
        case("a higher version without keys", key_set(8, keys=[]), "valid", key_set(7), True),
        case("a lower version", key_set(6), "CHT-1318", key_set(7)),
        case("the same version with another content", first(state="retired"), "CHT-1318", key_set()),
        case("another issuer", key_set(8, issuer="https://other.example"), "CHT-1318", key_set(7)),
    ]


def grant_claims(**changes):
    claims = {"iss": ISSUER, "sub": FALLBACK, "jti": "grant-1", "nbf": T - DAY, "exp": T + 2 * DAY,
              "cnf": {"jwk": KEYS["holder"].jwk}, "ns": ["USR", "GEN"], "ym": ["8Z", "90"], "cyc": ["0", "A"],
              "max": 1000, "rttl": 3600, **changes}
    return {name: value for name, value in claims.items() if value is not ...}


def grant(key="grant", header=None, payload=None, **changes):
    head = {"alg": "ES256", "kid": key, "typ": "chitty-fallback-grant+jwt", **(header or {})}
    return compact(head, payload if payload is not None else grant_claims(**changes), KEYS[key])


def claims(**changes):
    base = {"iss": ISSUER, "sub": STANDARD, "jti": "receipt-1", "iat": T, "cls": "standard", "rqd": RQD, "idk": IDK, **changes}
    return {name: value for name, value in base.items() if value is not ...}


def receipt(key="receipt", header=None, payload=None, tamper=lambda signature: signature, **changes):
    head = {"alg": "ES256", "kid": key, "typ": "chitty-receipt+jwt", **(header or {})}
    head = {name: value for name, value in head.items() if value is not ...}
    return compact(head, payload if payload is not None else claims(**changes), KEYS[key], tamper)


def fallback(key="holder", under=None, **changes):
    return receipt(key, {"kid": KEYS[key].thumbprint}, **{
        "iss": FALLBACK, "sub": FALLBACK_ID, "cls": "fallback", "exp": T + 3600, "tnd": OTHER,
        "grant": grant() if under is None else under, **changes})


OLD = fallback()
RECONCILED = {"sub": PERMANENT, "sup": FALLBACK_ID, "spd": receipt_digest(OLD)}


def high_s(signature):
    return signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


def case(description, text, result="valid", id=STANDARD, now=T + 60, keys="main", verdict=None, **expected):
    out = {"description": description, "id": id, "receipt": text, "keys": keys, "now": now, "result": result,
           "verdict": verdict or ("valid" if result == "valid" else "invalid")}
    if expected:
        out["expected"] = expected
    if result == "valid":
        out["digest"] = receipt_digest(text)
    return out


def valid_receipts():
    old = {"id": FALLBACK_ID, "receipt": OLD}
    return [
        case("a standard receipt", receipt()),
        case("a standard receipt for what the holder knows", receipt(), rqd=RQD, idk=IDK, cls="standard"),
        case("a standard receipt of a Canonical id", receipt(sub=CANONICAL), id=CANONICAL),
        case("the check character does not fit: no matter for a receipt", receipt(sub="AA-C-USR-1234-I-25-7-X"),
             id="AA-C-USR-1234-I-25-7-X"),
        case("unknown claims and header members", receipt(header={"note": 1}, extra={"a": 1})),
        case("the other form of s", receipt(tamper=high_s)),
        case("members in another order, with white space",
             receipt(payload=json.dumps(dict(reversed(claims().items())), indent=2).encode())),
        case("signed by a retired key in its life", receipt("receipt-old", iat=T - 40 * DAY)),
        case("first second of the key's life", receipt(iat=T - 30 * DAY)),
        case("last second of the key's life", receipt(iat=T + 30 * DAY), now=T + 31 * DAY),
        case("300 seconds ahead of this clock", receipt(), now=T - 300),
        case("years later", receipt(), now=T + 3650 * DAY),
        case("a fallback receipt", OLD, id=FALLBACK_ID, rqd=RQD, idk=IDK, cls="fallback"),
        case("a fallback receipt 300 seconds after its end", OLD, id=FALLBACK_ID, now=T + 3900),
        case("issued in the first second of the grant", fallback(iat=T - DAY, exp=T - DAY + 3600), id=FALLBACK_ID, now=T - DAY),
        case("issued in the last second of the grant", fallback(iat=T + 2 * DAY, exp=T + 2 * DAY + 3600), id=FALLBACK_ID,
             now=T + 2 * DAY),
        case("under a grant of a retired key", fallback(under=grant("grant-old", nbf=T - 21 * DAY)), id=FALLBACK_ID),
        case("a reconciliation receipt", receipt(**RECONCILED), id=PERMANENT, supersedes=old, cls="standard"),
        case("a reconciliation receipt for a stranger", receipt(**RECONCILED), id=PERMANENT),
    ]


def split(text):
    return text.split(".")


def refused_receipts():
    good, tail = receipt(), T + 60
    head, body, signature = split(good)
    fb = {"id": FALLBACK_ID}
    stray = signature[:-1] + chr(ord(signature[-1]) + 1)  # 64 bytes end with A, Q, g or w
    malformed = [
        ("no text", ""), ("two parts", f"{head}.{body}"), ("four parts", good + ".AAAA"), ("padding", good + "=="),
        ("a line end", good + "\n"), ("stray bits at the end of the signature", f"{head}.{body}.{stray}"),
        ("an alphabet of plain base64", f"{head}.{body}.+{signature[1:]}"),
        ("a signature of 63 bytes", f"{head}.{body}.{b64(bytes(63))}"),
        ("a DER signature of 70 bytes", f"{head}.{body}.{b64(bytes(70))}"),
        ("a header that is no JSON", f"AAAA.{body}.{signature}"), ("a header without kid", receipt(header={"kid": ...})),
        ("a header without typ", receipt(header={"typ": ...})), ("longer than 16 384 bytes", receipt(extra="x" * 16000)),
        ("a payload that is no JSON", receipt(payload=b"receipt")), ("a payload with trailing text", receipt(payload=json.dumps(claims()).encode() + b"{}")),
        ("sub twice", receipt(payload=json.dumps(claims()).encode()[:-1] + b',"sub":"' + PERMANENT.encode() + b'"}')),
        ("iat as text", receipt(iat=str(T))), ("iat with a fraction", receipt(iat=T + 0.5)),
        *[(f"no {name}", receipt(**{name: ...})) for name in ("iss", "sub", "jti", "iat", "cls", "rqd", "idk")],
        ("sup without spd", receipt(sup=FALLBACK_ID)), ("spd without sup", receipt(spd=OTHER)),
    ]
    unsupported = [("alg none", {"alg": "none"}), ("alg HS256", {"alg": "HS256"}), ("alg ES384", {"alg": "ES384"}),
                   ("alg es256", {"alg": "es256"}), ("typ JWT", {"typ": "JWT"}), ("typ of a grant", {"typ": "chitty-fallback-grant+jwt"}),
                   *[(f"header member {name}", {name: value}) for name, value in [
                       ("jku", "https://id.example/keys"), ("jwk", KEYS["stranger"].jwk), ("x5u", "https://id.example/x"),
                       ("x5c", []), ("x5t", "AA"), ("x5t#S256", "AA"), ("crit", ["exp"]), ("b64", True)]]]
    return [
        *[case(what, text, "CHT-1302") for what, text in malformed],
        *[case(what, receipt(header=header), "CHT-1303") for what, header in unsupported],
        case("an empty key set", good, "CHT-1304", keys="empty", verdict="indeterminate"),
        case("a kid that nobody published", receipt(header={"kid": "receipt-2"}), "CHT-1304", verdict="indeterminate"),
        case("a grant key signs a receipt", receipt("grant"), "CHT-1304", verdict="indeterminate"),
        case("a key of another use", receipt("other-use"), "CHT-1304", verdict="indeterminate"),
        case("signed by a stranger under main's kid", receipt("stranger", {"kid": "receipt"}), "CHT-1305"),
        case("another payload under the signature", f"{head}.{split(receipt(jti='receipt-2'))[1]}.{signature}", "CHT-1305"),
        case("r of zero", receipt(tamper=lambda s: bytes(32) + s[32:]), "CHT-1305"),
        case("s of zero", receipt(tamper=lambda s: s[:32] + bytes(32)), "CHT-1305"),
        case("s beyond the order", receipt(tamper=lambda s: s[:32] + ORDER.to_bytes(32, "big")), "CHT-1305"),
        case("all zero", receipt(tamper=lambda s: bytes(64)), "CHT-1305"),
        case("another id of the same issuer", good, "CHT-1306", id=PERMANENT),
        case("the id in lower case as subject", receipt(sub=STANDARD.lower()), "CHT-1306"),
        case("the fallback id instead of the permanent one", receipt(**RECONCILED), "CHT-1306", **fb),
        case("another request", good, "CHT-1307", rqd=OTHER),
        case("another idempotency key", good, "CHT-1308", idk=OTHER),
        case("the key is judged before the request", good, "CHT-1308", idk=OTHER, rqd=OTHER),
        case("rqd with padding", receipt(rqd=RQD + "="), "CHT-1307", rqd=RQD),
        case("another issuer", receipt(iss="https://other.example"), "CHT-1309"),
        case("a key set of another issuer", good, "CHT-1309", keys="other-issuer"),
        case("a fallback names another than its grant", fallback(iss=ISSUER), "CHT-1309", **fb),
        case("an unknown class", receipt(cls="error"), "CHT-1310"),
        case("standard with a grant", receipt(grant=grant()), "CHT-1310"),
        case("main signs a fallback id as standard", receipt(sub=FALLBACK_ID), "CHT-1310", **fb),
        case("main signs an error id", receipt(sub=canonical("03-0-ERR-0001-P-2611-0")), "CHT-1310",
             id=canonical("03-0-ERR-0001-P-2611-0")),
        case("a fallback id where a permanent one was expected", OLD, "CHT-1310", cls="standard", **fb),
        case("a permanent id where a fallback one was expected", good, "CHT-1310", cls="fallback"),
        case("301 seconds after its end", OLD, "CHT-1311", now=T + 3901, **fb),
        case("an end before the issue", fallback(exp=T - 1000), "CHT-1311", now=T, **fb),
        case("301 seconds ahead of this clock", good, "CHT-1312", now=T - 301, verdict="indeterminate"),
        case("a second before the key's life", receipt(iat=T - 30 * DAY - 1), "CHT-1313"),
        case("a second after the key's life", receipt(iat=T + 30 * DAY + 1), "CHT-1313", now=T + 31 * DAY),
        case("a retired key signs today", receipt("receipt-old"), "CHT-1313"),
        case("the next key signs too early", receipt("receipt-next"), "CHT-1313"),
        case("a revoked key", receipt("receipt-revoked"), "CHT-1314"),
        case("a key in an unknown state", good, "CHT-1314", keys="unknown-state"),
        case("a revoked key is named before its signature is judged", receipt("stranger", {"kid": "receipt-revoked"}), "CHT-1314"),
        case("a plain receipt where a replacement was expected", receipt(sub=PERMANENT), "CHT-1315", id=PERMANENT,
             supersedes={"id": FALLBACK_ID, "receipt": OLD}),
        case("replaces the same id under another receipt", receipt(**RECONCILED), "CHT-1315", id=PERMANENT,
             supersedes={"id": FALLBACK_ID, "receipt": fallback(jti="receipt-2")}),
        case("replaces another id", receipt(**{**RECONCILED, "sup": secure_fallback("FA-E-USR-0001-I-8Z-0")}), "CHT-1315",
             id=PERMANENT, supersedes={"id": FALLBACK_ID, "receipt": OLD}),
        case("no grant", fallback(under=...), "CHT-1401", **fb),
        case("main signs a fallback receipt without grant", receipt(sub=FALLBACK_ID, cls="fallback", exp=T + 3600), "CHT-1401", **fb),
        case("a grant that is no JWS", fallback(under="grant"), "CHT-1402", **fb),
        case("a receipt as grant", fallback(under=good), "CHT-1402", **fb),
        case("a grant under an unknown key", fallback(under=grant("stranger")), "CHT-1403", verdict="indeterminate", **fb),
        case("a grant that a receipt key signed", fallback(under=grant("receipt")), "CHT-1403", verdict="indeterminate", **fb),
        case("a grant signed by the fallback itself", fallback(under=grant("holder", {"kid": "grant"})), "CHT-1404", **fb),
        case("a namespace outside the grant", fallback(under=grant(ns=["GEN"])), "CHT-1405", **fb),
        case("no namespaces in the grant", fallback(under=grant(ns=[])), "CHT-1405", **fb),
        case("a month outside the grant", fallback(under=grant(ym=["8Y"])), "CHT-1406", **fb),
        case("a cycle outside the grant", fallback(under=grant(cyc=["1"])), "CHT-1407", **fb),
        case("a second before the grant", fallback(iat=T - DAY - 1), "CHT-1408", **fb),
        case("a second after the grant", fallback(iat=T + 2 * DAY + 1, exp=T + 2 * DAY + 60), "CHT-1408", now=T + 2 * DAY + 10, **fb),
        case("a second too long a life", fallback(exp=T + 3601), "CHT-1409", **fb),
        case("signed by another fallback", fallback("holder-2"), "CHT-1410", **fb),
        case("signed by main under a grant", fallback("receipt"), "CHT-1410", **fb),
        case("a fallback signs a permanent id", fallback(sub=STANDARD), "CHT-1411", now=tail),
        case("a fallback signs a Canonical id", fallback(sub=CANONICAL), "CHT-1411", id=CANONICAL),
        case("a grant of another issuer", fallback(under=grant(iss="https://other.example")), "CHT-1412", **fb),
        case("a grant of a revoked key", fallback(under=grant("grant-revoked")), "CHT-1314", **fb),
        case("a grant from outside its key's life", fallback(under=grant("grant-old")), "CHT-1313", **fb),
        case("a fallback receipt without end", fallback(exp=...), "CHT-1302", **fb),
        case("a fallback claims to replace an id", fallback(sup=secure_fallback("FA-E-USR-0001-I-8Z-0"), spd=OTHER), "CHT-1302", **fb),
    ]


def valid_grants():
    def covers(*pairs):
        return [{"id": secure_fallback(base) if len(base) < 22 else base, "result": result} for base, result in pairs]

    def one(description, text, *pairs):
        return {"description": description, "grant": text, "keys": "main", "result": "valid",
                "holder": KEYS["holder"].thumbprint, "covers": covers(*pairs)}

    return [
        one("a grant", grant(), ("FA-E-USR-5678-I-8Z-0", "valid"), ("ZZ-E-GEN-0000-X-90-A", "valid"),
            ("FA-C-USR-5678-I-8Z-0", "CHT-1411"), (CANONICAL, "CHT-1411"), ("FA-E-DOC-5678-I-8Z-0", "CHT-1405"),
            ("FA-E-USR-5678-I-91-0", "CHT-1406"), ("FA-E-USR-5678-I-8Z-1", "CHT-1407"),
            ("FA-E-DOC-5678-I-91-1", "CHT-1405")),
        one("an expired grant: what was issued under it counts", grant(nbf=T - 20 * DAY, exp=T - 17 * DAY)),
        one("one second long", grant(nbf=T, exp=T)),
        one("a retired grant key in its life", grant("grant-old", nbf=T - 21 * DAY, exp=T)),
        one("first second of the key's life", grant(nbf=T - 30 * DAY)),
        one("unknown claims", grant(extra=1)),
        one("nothing granted", grant(ns=[], ym=[], cyc=[], max=0), ("FA-E-USR-5678-I-8Z-0", "CHT-1405")),
    ]


def refused_grants():
    def one(description, text, result, keys="main"):
        return {"description": description, "grant": text, "keys": keys, "result": result}

    holder = KEYS["holder"].jwk
    return [
        one("no text", "", "CHT-1402"),
        one("typ of a receipt", grant(header={"typ": "chitty-receipt+jwt"}), "CHT-1402"),
        one("alg none", grant(header={"alg": "none"}), "CHT-1402"),
        one("header member jwk", grant(header={"jwk": holder}), "CHT-1402"),
        *[one(f"no {name}", grant(**{name: ...}), "CHT-1402")
          for name in ("iss", "sub", "jti", "nbf", "exp", "cnf", "ns", "ym", "cyc", "max", "rttl")],
        one("max below zero", grant(max=-1), "CHT-1402"),
        one("ns as text", grant(ns="USR"), "CHT-1402"),
        one("a holder's key off the curve", grant(cnf={"jwk": {**holder, "x": b64(bytes(32))}}), "CHT-1402"),
        one("a holder's key of another curve", grant(cnf={"jwk": {**holder, "crv": "P-384"}}), "CHT-1402"),
        one("a holder's key by name only", grant(cnf={"kid": "holder"}), "CHT-1402"),
        one("an empty key set", grant(), "CHT-1403", "empty"),
        one("a receipt key", grant("receipt"), "CHT-1403"),
        one("a stranger's key", grant("stranger"), "CHT-1403"),
        one("a stranger under main's kid", grant("stranger", {"kid": "grant"}), "CHT-1404"),
        one("a changed payload", ".".join([split(grant())[0], split(grant(max=2000))[1], split(grant())[2]]), "CHT-1404"),
        one("another issuer", grant(iss="https://other.example"), "CHT-1412"),
        one("a key set of another issuer", grant(), "CHT-1412", "other-issuer"),
        one("a revoked key", grant("grant-revoked"), "CHT-1314"),
        one("begins before the key's life", grant(nbf=T - 30 * DAY - 1), "CHT-1313"),
        one("begins after the key's life", grant(nbf=T + 30 * DAY + 1, exp=T + 40 * DAY), "CHT-1313"),
        one("a retired key grants today", grant("grant-old"), "CHT-1313"),
        one("ends before it begins", grant(nbf=T, exp=T - 1), "CHT-1313"),
    ]
