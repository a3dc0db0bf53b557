"""Vectors of spec/anchors.md."""

import hashlib
import json

from formats import EdKey, Key, b64, compact, hkdf, labelled

T = 1_795_000_000  # 2026-11-18T14:26:40Z
BROKER = "https://broker.example"
NONCE = labelled("test nonce", b"registration")
SEEDS = [bytes(range(16)), bytes(range(32)), bytes(16), b"\xff" * 32]


def recovery_key(seed):
    return EdKey(secret=hkdf(b"spookyid/seed/v1", seed, b"spookyid/recovery-key/v1", 32))


def pseudonym_secret(seed):
    return hkdf(b"spookyid/seed/v1", seed, b"spookyid/pseudonym-secret/v1", 32)


def commitment(key):
    return labelled("spookyid/anchor-commitment/v1", key.public)


def recovery_commitment(key):
    return labelled("spookyid/recovery/v1", key.public)


A, A2, R, R2 = EdKey("anchor"), EdKey("anchor-2"), recovery_key(SEEDS[0]), recovery_key(SEEDS[1])
D, D2 = Key("device"), Key("device-2")
STATUS, REGISTERED = EdKey("broker-status"), Key("broker-registered")


def seed_cases():
    return [{"description": f"{8 * len(seed)} bits", "result": "valid", "seed": b64(seed),
             "recovery": b64(recovery_key(seed).public), "recovery_commitment": b64(recovery_commitment(recovery_key(seed))),
             "pseudonym_secret": b64(pseudonym_secret(seed))} for seed in SEEDS]


def commitment_cases():
    return [{"description": name, "result": "valid", "secret": b64(key.secret), "public": b64(key.public),
             "commitment": b64(commitment(key))} for name, key in [("an anchor", A), ("another one", A2)]]


def challenge(nonce=NONCE, anchor=A, recovery=R):
    return labelled("spookyid/register/v1", nonce, anchor.public, recovery.public)


def registration(payload=None, signers=None, header=None, tamper=None, device=True, anchor=A, recovery=R, **changes):
    claims = {"aud": BROKER, "nonce": b64(NONCE), "iat": T, "challenge": b64(challenge(anchor=anchor, recovery=recovery)),
              "anchor": anchor.jwk, "recovery": recovery.jwk}
    if device:
        claims["device"] = D.jwk
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not ...}
    body = b64(payload or json.dumps(claims, separators=(",", ":")).encode())
    if signers is None:
        signers = [("anchor", "EdDSA", anchor), ("recovery", "EdDSA", recovery)] + ([("device", "ES256", D)] if device else [])
    parts = []
    for kid, alg, key in signers:
        head = {"alg": alg, "kid": kid, "typ": "spookyid-registration+jwt", **(header or {})}
        protected = b64(json.dumps(head, separators=(",", ":")).encode())
        signature = key.sign(f"{protected}.{body}".encode())
        if tamper and kid == tamper:
            signature = signature[:40] + bytes([signature[40] ^ 1]) + signature[41:]
        parts.append({"protected": protected, "signature": b64(signature)})
    return {"payload": body, "signatures": parts}


def registration_cases():
    def case(description, statement, result="valid", now=T, audience=BROKER, nonce=NONCE, device=None):
        text = statement if isinstance(statement, str) else json.dumps(statement, separators=(",", ":"))
        out = {"description": description, "registration": text, "nonce": b64(nonce), "audience": audience, "now": now,
               "result": result}
        if result == "valid":
            out |= {"commitment": b64(commitment(A)), "recovery_commitment": b64(recovery_commitment(R))}
            if device:
                out["device"] = device.thumbprint
        return out

    def refused(description, reason, statement, **given):
        return case(description, statement, "registration_" + reason, **given)

    good = registration()
    both = [("anchor", "EdDSA", A), ("recovery", "EdDSA", R)]
    claims = json.dumps({"aud": BROKER})
    return [
        case("with a device key", good, device=D),
        case("without a device key", registration(device=False)),
        case("300 seconds ago", good, now=T + 300, device=D),
        case("300 seconds ahead", good, now=T - 300, device=D),
        refused("301 seconds ago", "clock", good, now=T + 301),
        refused("301 seconds ahead", "clock", good, now=T - 301),
        refused("for another broker", "other_audience", good, audience="https://x.example"),
        refused("with another nonce", "other_nonce", good, nonce=bytes(32)),
        refused("A and R are one key", "same_key", registration(anchor=R)),
        refused("another challenge", "challenge", registration(challenge=b64(bytes(32)))),
        refused("the challenge of another nonce", "challenge", registration(challenge=b64(challenge(bytes(32))))),
        refused("the device did not sign", "signers", registration(signers=both)),
        refused("a device signs that is not named", "signers",
                registration(device=False, signers=both + [("device", "ES256", D)])),
        refused("in another order", "signers", registration(signers=list(reversed(both)), device=False)),
        refused("one signature twice", "signers", registration(signers=[both[0], both[0]], device=False)),
        refused("under another name", "signers",
                registration(signers=[("a", "EdDSA", A), both[1]], device=False)),
        refused("a changed signature of A", "anchor_signature", registration(tamper="anchor")),
        refused("a changed signature of R", "recovery_signature", registration(tamper="recovery")),
        refused("a changed signature of D", "device_signature", registration(tamper="device")),
        refused("another anchor signs", "anchor_signature",
                registration(signers=[("anchor", "EdDSA", A2), both[1]], device=False)),
        refused("another recovery key signs", "recovery_signature",
                registration(signers=[both[0], ("recovery", "EdDSA", R2)], device=False)),
        refused("another device signs", "device_signature", registration(signers=both + [("device", "ES256", D2)])),
        refused("D signs for A", "anchor_signature", registration(signers=[("anchor", "ES256", D), both[1]], device=False)),
        refused("no text", "malformed", ""),
        refused("no signature", "malformed", {**good, "signatures": []}),
        refused("four signatures", "malformed", {**good, "signatures": good["signatures"] + good["signatures"][:1]}),
        refused("an unknown member", "malformed", {**good, "header": {}}),
        refused("an unknown claim", "malformed", registration(name="Ada")),
        refused("a claim twice", "malformed", registration(payload=claims.replace("}", ',"aud":""}').encode())),
        refused("another typ", "malformed", registration(header={"typ": "JWT"})),
        refused("alg none", "malformed", registration(header={"alg": "none"})),
        refused("a key in the header", "malformed", registration(header={"jwk": A.jwk})),
        refused("a weak anchor", "malformed", registration(payload=json.dumps({
            "aud": BROKER, "nonce": b64(NONCE), "iat": T, "challenge": b64(challenge()), "anchor": {**A.jwk, "x": b64(bytes(32))},
            "recovery": R.jwk}).encode(), device=False)),
        refused("a short nonce", "malformed", registration(nonce="AA")),
        *[refused(f"no {name}", "malformed", registration(**{name: ...})) for name in ("aud", "nonce", "iat", "challenge")],
    ]


def published(key, use, state="active", nbf=T - 1000, exp=T + 1000):
    return {**key.jwk, "kid": use, "use": "spookyid-" + use, "nbf": nbf, "exp": exp, "state": state}


def key_sets():
    def key_set(*keys, issuer=BROKER):
        return {"issuer": issuer, "version": 1, "keys": list(keys)}

    both = [published(STATUS, "status"), published(REGISTERED, "registered")]
    return {
        "broker": key_set(*both), "empty": key_set(), "other-issuer": key_set(*both, issuer="https://x.example"),
        "revoked": key_set(*[{**key, "state": "revoked"} for key in both]),
        "retired": key_set(*[{**key, "state": "retired"} for key in both]),
        "unknown-state": key_set(*[{**key, "state": "compromised"} for key in both]),
        "with-others": key_set(*both, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {"kty": "OKP", "crv": "X25519", "x": "AA"}),
        "with-strange-others": key_set({}, {"kty": "RSA", "use": "spookyid-status", "kid": "status"}, {**both[0], "use": "sig", "nbf": "x"},
                                       {**both[0], "crv": "P-384"}, {**both[0], "kty": 7}, {n: v for n, v in both[1].items() if n != "use"},
                                       *[{"kty": "EC", "crv": "P-256", "use": "enc", "kid": "1"}] * 70, *both),
        "other-keys": key_set(published(A, "status"), published(D, "registered")),
        "other-use": key_set(*[{**key, "use": "spookyid-request"} for key in both]),
    }


def registered(key=REGISTERED, header=None, **changes):
    claims = {"iss": BROKER, "sub": b64(commitment(A)), "iat": T, **changes}
    head = {"alg": "ES256" if isinstance(key, Key) else "EdDSA", "kid": "registered", "typ": "spookyid-registered+jwt"}
    return compact({**head, **(header or {})}, {n: v for n, v in claims.items() if v is not ...}, key)


def registered_cases():
    def case(description, text, result="valid", keys="broker", anchor=A, now=T, verdict=None):
        return {"description": description, "statement": text, "keys": keys, "commitment": b64(commitment(anchor)), "now": now,
                "result": result, "verdict": verdict or ("valid" if result == "valid" else "invalid")}

    good, late = registered(), {"verdict": "indeterminate"}
    return [
        case("a statement", good),
        case("of a retired key in its life", good, keys="retired"),
        case("a key set with keys of other kinds", good, keys="with-others"),
        case("a key set with keys of other uses and kinds, however they look", good, keys="with-strange-others"),
        case("300 seconds ahead", good, now=T - 300),
        case("301 seconds ahead", good, "status_ahead_of_clock", now=T - 301, **late),
        case("about another anchor", good, "status_other_anchor", anchor=A2),
        case("a key that nobody published", good, "status_unknown_key", keys="empty", **late),
        case("a key of another use", good, "status_unknown_key", keys="other-use", **late),
        case("another key under the name", good, "status_signature", keys="other-keys"),
        case("a revoked key", good, "status_key_not_valid", keys="revoked"),
        case("a key in an unknown state", good, "status_key_not_valid", keys="unknown-state"),
        case("before the key's life", registered(iat=T - 1001), "status_key_not_valid"),
        case("after the key's life", registered(iat=T + 1001), "status_key_not_valid"),
        case("another issuer", registered(iss="https://x.example"), "status_other_issuer"),
        case("a key set of another issuer", good, "status_other_issuer", keys="other-issuer"),
        case("an unknown claim", registered(extra=1), "status_malformed"),
        case("no time", registered(iat=...), "status_malformed"),
        case("a short commitment", registered(sub="AA"), "status_malformed"),
        case("typ of a snapshot", registered(header={"typ": "spookyid-status+jwt"}), "unreadable"),
        case("alg HS256", registered(header={"alg": "HS256"}), "unreadable"),
    ]


def revocation_cases():
    def certificate(by, kid, anchor=A, header=None, signer=None, **changes):
        claims = {"sub": b64(commitment(anchor)), "key": b64(by.public), "iat": T, "reason": "lost", **changes}
        head = {"alg": "EdDSA", "kid": kid, "typ": "spookyid-revocation+jwt", **(header or {})}
        return compact(head, {n: v for n, v in claims.items() if v is not ...}, signer or by)

    def case(description, text, result="valid", anchor=A, recovery=R, **wanted):
        return {"description": description, "certificate": text, "commitment": b64(commitment(anchor)),
                "recovery_commitment": b64(recovery_commitment(recovery)), "result": result, **wanted}

    return [
        case("by A", certificate(A, "anchor"), by_recovery=False),
        case("by R", certificate(R, "recovery"), by_recovery=True),
        case("of long ago", certificate(A, "anchor", iat=1), by_recovery=False),
        *[case(reason, certificate(A, "anchor", reason=reason), by_recovery=False)
          for reason in ("unspecified", "compromised", "replaced")],
        case("about another anchor", certificate(A, "anchor"), "revocation_other_anchor", anchor=A2),
        case("by another anchor", certificate(A2, "anchor"), "revocation_other_key"),
        case("by another recovery key", certificate(R2, "recovery"), "revocation_other_key"),
        case("by R as A", certificate(R, "anchor"), "revocation_other_key"),
        case("by A as R", certificate(A, "recovery"), "revocation_other_key"),
        case("a key that did not sign", certificate(A, "anchor", signer=A2), "revocation_signature"),
        case("an unknown reason", certificate(A, "anchor", reason="bored"), "revocation_malformed"),
        case("no key", certificate(A, "anchor", key=...), "revocation_malformed"),
        case("a weak key", certificate(A, "anchor", key=b64(bytes(32))), "revocation_malformed"),
        case("typ of a registration", certificate(A, "anchor", header={"typ": "spookyid-registration+jwt"}), "unreadable"),
        case("alg ES256", certificate(A, "anchor", header={"alg": "ES256"}), "unreadable"),
    ]


def value(number):
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def packed(numbers):
    return b64(b"".join(sorted(value(number) for number in numbers)))


def snapshot(number, time, past, revoked, ended=(), **changes):
    claims = {"iss": BROKER, "seq": number, "as_of": time, "prev": past, "anchors": packed(revoked), "leases": packed(ended),
              **changes}
    return compact({"alg": "EdDSA", "kid": "status", "typ": "spookyid-status+jwt"}, claims, STATUS)


def digest(text):
    return b64(labelled("spookyid/status/v1", text.rsplit(".", 1)[0].encode()))


def snapshot_cases():
    def offer(text, result="valid", now=T + 100, verdict=None):
        out = {"snapshot": text, "now": now, "result": result,
               "verdict": verdict or ("valid" if result == "valid" else "invalid")}
        return out | {"digest": digest(text)} if result == "valid" else out

    def ask(number, result="valid", now=T + 100, max_age=600, verdict=None, what="anchor"):
        return {what: b64(value(number)), "now": now, "max_age": max_age, "result": result,
                "verdict": verdict or ("valid" if result == "valid" else "invalid")}

    def case(description, *steps):
        return {"description": description, "keys": "broker", "steps": list(steps), "result": steps[-1]["result"]}

    def refused(description, reason, text, *before, **given):
        return case(description, *[offer(one) for one in before or (first, second)], offer(text, "status_" + reason, **given))

    late = {"verdict": "indeterminate"}
    first = snapshot(1, T, None, [1, 2], [9])
    second = snapshot(2, T + 50, digest(first), [1, 2, 3])
    third = snapshot(3, T + 60, digest(second), [1, 2, 3, 4])
    ahead = snapshot(2, T + 900, digest(first), [1, 2, 3])
    back = snapshot(3, T + 60, digest(ahead), [1, 2, 3, 4], reset=3)
    two, swapped = sorted([value(1), value(2)]), sorted([value(1), value(2)], reverse=True)
    return [
        case("one after the other", offer(first), offer(second), offer(third), ask(5), ask(4, "status_revoked")),
        case("the same again", offer(first), offer(first)),
        case("one was missed", offer(first), offer(third)),
        case("a lease is revoked and ends", offer(first), ask(9, "status_revoked", what="lease"), offer(second),
             ask(9, what="lease")),
        case("nothing revoked", offer(snapshot(1, T, None, [])), ask(1)),
        case("no snapshot", ask(1, "status_snapshot_missing", **late)),
        case("as old as allowed", offer(first), ask(5, now=T + 600)),
        case("a second too old", offer(first), ask(5, "status_snapshot_stale", now=T + 601, **late)),
        case("revoked long ago", offer(first), ask(1, "status_revoked", now=T + 100_000)),
        case("a clock that is behind", offer(first), ask(5, "status_ahead_of_clock", now=T - 301, **late)),
        refused("a lower number", "older_sequence", first),
        refused("an earlier time", "older_time", snapshot(3, T + 49, digest(second), [1, 2, 3])),
        refused("the same number with another list", "equivocation", snapshot(2, T + 50, digest(first), [1, 2, 4])),
        refused("another past", "equivocation", snapshot(3, T + 60, digest(first), [1, 2, 3])),
        refused("an anchor comes back", "anchors_shrank", snapshot(3, T + 60, digest(second), [1, 3, 4])),
        refused("from the future", "ahead_of_clock", snapshot(3, T + 401, digest(second), [1, 2, 3]), **late),
        case("a clock that was ahead was set back", offer(first), offer(ahead, now=T + 900), offer(back, now=T + 160),
             ask(4, "status_revoked", now=T + 160)),
        case("a clock that was ahead was set back, and this one missed it", offer(first),
             offer(snapshot(4, T + 100, digest(back), [1, 2, 3, 4], reset=3), now=T + 160), ask(5, now=T + 160)),
        case("the kept one, with a clock that was set back", offer(first), offer(ahead, now=T + 900), offer(ahead),
             ask(4, "status_ahead_of_clock", **late), ask(1, "status_revoked")),
        case("set back without saying so", offer(first), offer(ahead, now=T + 900),
             offer(snapshot(3, T + 60, digest(ahead), [1, 2, 3, 4]), "status_older_time")),
        case("set back by what was said before", offer(first), offer(ahead, now=T + 900),
             offer(snapshot(3, T + 60, digest(ahead), [1, 2, 3, 4], reset=2), "status_older_time")),
        case("set back twice by one word", offer(first), offer(ahead, now=T + 900), offer(back),
             offer(snapshot(4, T + 59, digest(back), [1, 2, 3, 4], reset=3), "status_older_time")),
        case("an anchor comes back when it is set back", offer(first), offer(ahead, now=T + 900),
             offer(snapshot(3, T + 60, digest(ahead), [1, 3, 4], reset=3), "status_anchors_shrank")),
        refused("another issuer", "other_issuer", snapshot(1, T, None, [], iss="https://x.example")),
        *[refused(what, "malformed", snapshot(1, T, None, [], **changes)) for what, changes in [
            ("not sorted", {"anchors": b64(b"".join(swapped))}), ("a value twice", {"anchors": b64(two[0] * 2)}),
            ("half a value", {"anchors": b64(two[0][:16])}), ("padding", {"anchors": "AA=="}), ("number 0", {"seq": 0}),
            ("a first one with a past", {"prev": b64(two[0])}), ("a later one without", {"seq": 2}),
            ("an unknown claim", {"note": 1}), ("a first one that was set back", {"reset": 1}),
            ("set back to come", {"seq": 2, "prev": b64(two[0]), "reset": 3}), ("set back as a text", {"seq": 2, "prev": b64(two[0]), "reset": "2"}), ("a list as a list", {"anchors": []})]],
        refused("before the key's life", "key_not_valid", snapshot(1, T - 1001, None, [])),
    ]
