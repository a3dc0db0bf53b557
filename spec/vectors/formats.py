"""Byte formats of spec/ids.md, receipts.md, anchors.md and credentials.md, written from those texts and not from the Rust
code, so that the two check each other. The check characters computed here serve vectors only."""

import base64
import hashlib
import hmac
import json
import math

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def labelled(label, *parts):
    return hashlib.sha256(label.encode() + b"\0" + b"".join(parts)).digest()


def derive(store_key, label, handle):
    return hmac.new(store_key, label.encode() + b"\0" + handle, hashlib.sha256).digest()


def number(value):
    """ECMAScript's Number::toString."""
    if isinstance(value, int):
        return str(value)
    if value == 0:
        return "0"
    if not math.isfinite(value):
        raise ValueError("not a JSON number")
    sign = "-" if value < 0 else ""
    mantissa, exponent = f"{abs(value)!r}e0".split("e")[:2]
    digits, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    point = len(digits) + int(exponent)
    digits += fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    k = len(digits)
    if k <= point <= 21:
        text = digits + "0" * (point - k)
    elif 0 < point <= 21:
        text = digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        e = point - 1
        text = digits[0] + ("." + digits[1:] if k > 1 else "") + f"e{e:+d}"
    return sign + text


def jcs(value):
    """RFC 8785 as text."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(jcs(item) for item in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(jcs(name) + ":" + jcs(value[name]) for name in names) + "}"


class Key:
    """A throw-away P-256 key, the same in every run."""

    def __init__(self, name):
        seed = hashlib.sha256(b"chitty throw-away test key: " + name.encode()).digest()
        self.private = ec.derive_private_key(int.from_bytes(seed, "big") % (ORDER - 1) + 1, ec.SECP256R1())
        point = self.private.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64(point.x.to_bytes(32, "big")),
            "y": b64(point.y.to_bytes(32, "big")),
        }
        order = {name: self.jwk[name] for name in ("crv", "kty", "x", "y")}
        self.thumbprint = b64(hashlib.sha256(json.dumps(order, separators=(",", ":")).encode()).digest())

    def sign(self, message):
        """ES256 with the nonce of RFC 6979."""
        der = self.private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class EdKey:
    """A throw-away Ed25519 key, the same in every run."""

    def __init__(self, name=None, secret=None):
        self.secret = secret or hashlib.sha256(b"chitty throw-away test key: " + name.encode()).digest()
        self.private = Ed25519PrivateKey.from_private_bytes(self.secret)
        self.public = self.private.public_key().public_bytes_raw()
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(self.public)}

    def sign(self, message):
        return self.private.sign(message)


def hkdf(salt, secret, info, length):
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def lp(data):
    return len(data).to_bytes(4, "big") + data


def compact(header, payload, key, tamper=lambda signature: signature):
    """A compact JWS; `header` and `payload` are objects, or bytes that are taken as they are."""
    parts = [part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()
             for part in (header, payload)]
    text = b64(parts[0]) + "." + b64(parts[1])
    return text + "." + b64(tamper(key.sign(text.encode())))


def receipt_digest(jws):
    return b64(labelled("chitty/receipt/v1", jws.rsplit(".", 1)[0].encode()))


def secure_fallback(text):
    """`text` is segments 1 to 7; answers the id with a fitting check character."""
    p = 36
    for character in text.replace("-", ""):
        s = (p + ALPHABET.index(character)) % 36 or 36
        p = 2 * s % 37
    return f"{text}-{ALPHABET[(1 - p) % 36]}"


def canonical(text):
    """`text` is segments 1 to 7; answers the id with fitting check digits."""
    c = 0
    for character in text.replace("-", ""):
        value = ALPHABET.index(character)
        c = (c * (10 if value < 10 else 100) + value) % 97
    return f"{text}-{(1 - c) % 97:02d}"
