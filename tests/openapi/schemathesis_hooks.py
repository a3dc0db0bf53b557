"""What schemathesis cannot guess: an id that the tenant of the run owns."""

import itertools
import os

import schemathesis

KNOWN = os.environ["CHITTY_FUZZ_ID"]
CASES = itertools.count()


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Every other case of a right length is about the known id."""
    length = len(str((path_parameters or {}).get("id", "")))
    if 22 <= length <= 25 and next(CASES) % 2 == 0:
        return {**path_parameters, "id": KNOWN}
    return path_parameters
