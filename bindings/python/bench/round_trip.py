"""What a call across the border costs in Python, for `cargo xtask size`: nanoseconds, the median of
many batches."""

import statistics
import time

from chitty import parse_id
from chitty._generated.chitty import abi_version

ID = "AA-C-USR-1234-I-25-7-X"


def median(call, samples: int = 500, calls: int = 50) -> float:
    took = []
    for _ in range(samples):
        start = time.perf_counter_ns()
        for _ in range(calls):
            call()
        took.append((time.perf_counter_ns() - start) / calls)
    return statistics.median(took)


print(f"empty {median(abi_version):.1f}")
print(f"parse_id {median(lambda: parse_id(ID)):.1f}")
