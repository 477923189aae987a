"""The README's walk-through works as it is printed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.support.reference import token_at

README = Path(__file__).parents[2] / "README.md"


def test_a_dossiers_life_works_as_printed(
    seeded_url: str, live_server: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> None:
    text = README.read_text(encoding="utf-8")
    script = re.search(r"## A dossier's life\n.*?```sh\n(.*?)```", text, re.DOTALL)
    assert script is not None
    names = {"CLERK": "clerk", "OFFICER": "officer", "SUPERVISOR": "supervisor"}
    tokens = {name: token_at(seeded_url, role, "20900") for name, role in names.items()}
    with live_server() as address:
        # As printed, but for the port; a refusal ends the script.
        commands = script[1].replace("http://127.0.0.1:8000", address)
        curl = f'curl() {{ {sys.executable} -m tests.support.curl "$@"; }}\n'
        done = subprocess.run(
            ["sh", "-euc", curl + commands],
            cwd=tmp_path,
            env={**os.environ, **tokens, "PYTHONPATH": str(README.parent)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    answers = [line for line in done.stdout.splitlines() if line.startswith("{")]
    calls = commands.count("curl ")
    # The receipt's answer goes into a variable, its slip into a file, two are tables.
    assert len(answers) == calls - 4
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF-")
    dated, looked_up, explained, *rest = (json.loads(line) for line in answers)
    taken, waiting, going_on, finished, returned, journal, figures, opened, ranking, workload, *ratings = rest
    assert dated["due_date"] == "2026-02-26"
    assert looked_up["status"] == "received"
    assert explained["due_date"] == looked_up["due_date"]
    statuses = [one["status"] for one in (taken, waiting, going_on, finished, returned)]
    assert statuses == ["processing", "awaiting_supplement", "processing", "finished", "returned"]
    assert [entry["type"] for entry in journal["items"]] == [
        "receive",
        "take",
        "request-supplement",
        "supplement",
        "finish",
        "return",
    ]
    assert figures["total"]["received"]["total"] == 1
    assert opened["count"] == len(opened["items"]) == 0  # the year of the demonstration is not here
    assert ranking["rows"]
    assert workload["total"]["open"] == 0
    given, rated, written = ratings
    assert (given["score"], rated["total"]["answers"]) == (5, 0), "returned today, and not in that year"
    assert [one["comment"] for one in written["items"]] == ["Hướng dẫn tận tình"]
    assert "\ntotal," in done.stdout
    assert "\n,Tổng cộng,0," in done.stdout
