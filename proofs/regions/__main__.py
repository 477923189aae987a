"""Runs two regions behind HAProxy, kills and freezes one of them, and holds the answers against what is promised.

`python -m proofs.regions [--database sqlite|postgresql]`, from the checkout, with the packages of the tests and
HAProxy. Exit status 1 after a breach.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from proofs.regions.checks import checked
from proofs.regions.country import Country


def main() -> None:
    """Run the checks, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m proofs.regions", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    breaches = 0
    with (
        tempfile.TemporaryDirectory(prefix="motcua-regions-") as folder,
        Country(Path(folder), options.database) as country,
    ):
        for check in checked(country, "killed", "frozen"):
            breaches += check.breach is not None
            print(f"{'ok' if check.breach is None else 'BREACH'}  {check.promise}", flush=True)
            if check.breach is not None:
                print(f"        {check.breach}", flush=True)
    print(f"\n{breaches} breaches.")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
