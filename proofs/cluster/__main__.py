"""Lets parts of a cluster fail under load, and holds what clients notice against bounds.

`python -m proofs.cluster [--faults killed,frozen] [--ways haproxy,url] [--rounds 3] [--json FILE]`, from the checkout,
with the packages of the tests, etcd and HAProxy. Twelve clients write and four read through HAProxy, before, during and
after each fault. Then all acknowledged changes are read back. `motcua verify` runs after the last fault of each round.
The results of a run that is broken off are in the JSON file. Exit status 1 after a breach.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from proofs.cluster.box import WAYS, Box, Way
from proofs.cluster.faults import Fault, chosen
from proofs.cluster.programs import advice
from proofs.cluster.report import HEAD, Result, not_ended
from proofs.cluster.rounds import tried
from proofs.long_runs import end_what_was_started, keep


def main() -> None:
    """Try the faults, and print a row for each. Exit status 1 after a breach, 2 if a program is missing."""
    parser = argparse.ArgumentParser(prog="python -m proofs.cluster", description=__doc__)
    parser.add_argument("--faults", default="", help="texts in names of faults, separated by commas; default: all")
    parser.add_argument("--ways", default=",".join(WAYS), help="how the service reaches the primary")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2, help="processes of the service")
    parser.add_argument("--json", type=Path, help="file for all values")
    options = parser.parse_args()
    if missing := advice():
        print(missing, file=sys.stderr)
        sys.exit(2)
    end_what_was_started()
    plan = list(_plan(options.ways.split(","), options.faults, options.rounds))
    results: list[Result] = []
    print(HEAD, flush=True)
    while len(results) < len(plan):
        # A cluster that did not come back is replaced by a new one.
        for result in _tried_in_one_cluster(plan[len(results) :], options.processes):
            results.append(result)
            print(result.line(), flush=True)
            if options.json:
                keep(options.json, [result.as_json() for result in results])
            _say(f"{len(results)} of {len(plan)} rounds")
    breaches = sum(bool(result.breaches) for result in results)
    print(f"\n{len(results) - breaches} of {len(results)} rounds without a breach.")
    sys.exit(1 if breaches else 0)


class _Round(NamedTuple):
    """One fault by one way; the register is verified after the last fault of each round and way."""

    way: Way
    fault: Fault
    number: int
    is_last: bool


def _plan(ways: list[str], faults: str, rounds: int) -> Iterator[_Round]:
    """All faults by all ways, and then again: what is broken off has whole rounds."""
    for number in range(1, rounds + 1):
        for way in (way for way in WAYS if way in ways):
            several = chosen(faults, way)
            for fault in several:
                yield _Round(way, fault, number, fault is several[-1])


def _tried_in_one_cluster(plan: Sequence[_Round], processes: int) -> Iterator[Result]:
    """The results of rounds in a new cluster, up to the first one from which a part does not come back."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-cluster-")))
        box = stack.enter_context(Box(folder, processes=processes))
        for way, fault, number, is_last in plan:
            _say(f"{fault.name}, {way}, round {number}")
            try:
                result = tried(box, fault, way, number, verified=is_last)
            except (TimeoutError, subprocess.TimeoutExpired) as error:
                yield not_ended(fault, way, number, error)
                return
            yield result


def _say(step: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {step}\n")


if __name__ == "__main__":
    main()
