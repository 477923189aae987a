"""Lets parts of a cluster fail under load, and holds what clients notice against bounds.

`python -m proofs.cluster [--faults killed,frozen] [--ways haproxy,url] [--rounds 3] [--json FILE]`, from the checkout,
with the packages of the tests, etcd and HAProxy. Twelve clients write and four read through HAProxy, before, during and
after each fault. Then all acknowledged changes are read back, and `motcua verify` runs. Exit status 1 after a breach.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from proofs.cluster.box import WAYS, Box, Way
from proofs.cluster.faults import Fault, chosen
from proofs.cluster.programs import advice
from proofs.cluster.report import HEAD, Result
from proofs.cluster.rounds import tried


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
    results: list[Result] = []
    print(HEAD, flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-cluster-")))
        box = stack.enter_context(Box(folder, processes=options.processes))
        for way, fault, number in _plan(options.ways.split(","), options.faults, options.rounds):
            results.append(tried(box, fault, way, number))
            print(results[-1].line(), flush=True)
            if options.json:
                options.json.write_text(json.dumps([result.as_json() for result in results], indent=1))
    breaches = sum(bool(result.breaches) for result in results)
    print(f"\n{len(results) - breaches} of {len(results)} rounds without a breach.")
    sys.exit(1 if breaches else 0)


def _plan(ways: list[str], faults: str, rounds: int) -> Iterator[tuple[Way, Fault, int]]:
    """Each round: the way to the database, the fault, and the number."""
    for way in (way for way in WAYS if way in ways):
        for fault in chosen(faults, way):
            for number in range(1, rounds + 1):
                yield way, fault, number


if __name__ == "__main__":
    main()
