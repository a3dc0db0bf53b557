"""What schemathesis cannot guess: an id that the tenant of the run owns, and nonces that a broker gave out."""

import itertools
import json
import os
import urllib.parse
import urllib.request

import schemathesis

KNOWN = os.environ["CHITTY_FUZZ_ID"]
NONCES = os.environ.get("CHITTY_FUZZ_NONCES")
KEY = os.environ.get("CHITTY_FUZZ_KEY", "")
CASES = itertools.count()


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Every other case of a right length is about the known id."""
    # Escaped ones look longer than they are: a short id would be made good.
    length = len(urllib.parse.unquote(str((path_parameters or {}).get("id", ""))))
    if 22 <= length <= 25 and next(CASES) % 2 == 0:
        return {**path_parameters, "id": KNOWN}
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    """Every other nonce of a right length is a good one, so that what lies behind it is reached: a wallet's in
    `nonce`, the site's, which takes its API key, in `expected_nonce`."""
    for member, headers in (("nonce", {}), ("expected_nonce", {"X-API-Key": KEY})):
        nonce = body.get(member) if NONCES and isinstance(body, dict) else None
        if isinstance(nonce, str) and len(nonce) == 43 and next(CASES) % 2 == 0:
            with urllib.request.urlopen(urllib.request.Request(NONCES, headers=headers)) as answer:
                return {**body, member: json.load(answer)["nonce"]}
    return body
