"""Generates a Python and a TypeScript client from the document, checks their types and calls a running service.

`python -m proofs.clients`, from the checkout, with the packages of the tests and with `npm`. The generators are
installed into a temporary folder. The service runs on the loopback interface over a small register. Exit status 1 if a
client cannot be generated, does not pass its type checker, or gets another answer than it expects.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import httpx

from app.encryption.key_ring import new_key
from proofs.clients.generators import StepFailed, python_client, typescript_client
from tests.support.databases import SqliteDatabases
from tests.support.live import live_server
from tests.support.reference import seed, token_at

# Processes started here inherit the keys.
os.environ.setdefault("MOTCUA_KEYS", new_key())

_ROOT = Path(__file__).resolve().parents[2]
_UNIT = "20900"
_ROLES = ("clerk", "officer", "supervisor")
# The period of the simulated dossiers, so that figures are not empty.
_FIRST, _LAST = date(2025, 3, 3), date(2025, 3, 14)


def main() -> int:
    """Prints the calls of each client, and returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="motcua-clients-") as name:
        folder = Path(name)
        url = SqliteDatabases(folder).create()
        _fill(url)
        facts = {"unit": _UNIT, "first": str(_FIRST), "last": str(_LAST)}
        facts |= {role: token_at(url, role, _UNIT) for role in _ROLES}
        with live_server(url) as address:
            document = httpx.get(f"{address}/openapi.json").raise_for_status().text
            (folder / "openapi.json").write_text(document, encoding="utf-8")
            (folder / "facts.json").write_text(json.dumps({**facts, "address": address}), encoding="utf-8")
            try:
                for client in (python_client, typescript_client):
                    print(f"{client.__name__}:\n{client(folder)}", flush=True)
            except StepFailed as failure:
                print(failure, file=sys.stderr)
                return 1
    return 0


def _fill(url: str) -> None:
    seed(url)
    command = [sys.executable, "-c", "from app.cli import main; main()", "simulate", "--dossiers", "150"]
    command += ["--from", str(_FIRST), "--to", str(_LAST)]
    subprocess.run(
        command, cwd=_ROOT, env={**os.environ, "MOTCUA_DATABASE_URL": url}, check=True, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    sys.exit(main())
