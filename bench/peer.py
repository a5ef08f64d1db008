"""What the peers of `rapt bench` share: the clock of their steps, and the line that they print."""

import json
import resource
import sys
import time

WARM_UP_STEPS = 2
WARM_UP_SECONDS = 3
FEWEST_STEPS = 3


def speeds(step, units, seconds):
    """Runs whole steps for so long after a few first ones; returns units per second of each."""
    result = []
    begin = time.perf_counter()
    measured_from = None
    count = 0
    while len(result) < FEWEST_STEPS or time.perf_counter() - measured_from < seconds:
        start = time.perf_counter()
        step()
        now = time.perf_counter()
        count += 1
        if measured_from is not None:
            result.append(units / (now - start))
        elif count >= WARM_UP_STEPS and now - begin >= WARM_UP_SECONDS:
            measured_from = now
    return result


def report(values, library, threads):
    """Prints one JSON object: the speeds, and what the whole process needed."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"per_second": values, "library": library, "threads": threads,
                      "peak_bytes": peak if sys.platform == "darwin" else 1024 * peak}))
