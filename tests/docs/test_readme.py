"""The commands of the README and of the tour work as printed."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from app import clock
from app.loading.demo import guide_for
from app.loading.reference.service import add_departments
from tests.docs.markdown import ROOT
from tests.support.database_access import open_database

README, TOUR = ROOT / "README.md", ROOT / "docs" / "tour.md"


async def demonstration_tokens(url: str) -> dict[str, str]:
    """The tokens that `motcua demo` prints, by the names of their variables."""
    database = await open_database(url)
    try:
        await add_departments(database, clock.now())
        return (await guide_for(database, clock.now())).tokens
    finally:
        await database.close()


def blocks(page: Path, heading: str) -> list[str]:
    """The shell blocks of a page after a heading."""
    text = page.read_text(encoding="utf-8").partition(heading)[2]
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def run_printed(
    seeded_url: str, live_server: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> Callable[[list[str]], str]:
    """Runs shell blocks as printed, except for the address, and returns the output. A refusal ends the script."""

    def run(scripts: list[str]) -> str:
        tokens = asyncio.run(demonstration_tokens(seeded_url))
        curl = f'curl() {{ {sys.executable} -m tests.support.curl "$@"; }}\n'
        with live_server() as address:
            done = subprocess.run(
                ["sh", "-euc", curl + "\n".join(scripts).replace("http://127.0.0.1:8000", address)],
                cwd=tmp_path,
                env={**os.environ, **tokens, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def answers_in(output: str) -> list[Any]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def test_a_dossiers_life_works_as_printed(run_printed: Callable[[list[str]], str], tmp_path: Path) -> None:
    life = blocks(README, "## A dossier's life")[0]
    output = run_printed([life])
    answers = answers_in(output)
    # The answer to the receipt goes into a variable, and the slip into a file.
    assert len(answers) == life.count("curl ") - 2
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF-")
    dated, looked_up, explained, *steps, rating, journal, figures = answers
    assert dated["due_date"] == "2026-02-26"
    assert looked_up["status"] == "received"
    assert explained["due_date"] == looked_up["due_date"]
    statuses = [step["status"] for step in steps]
    assert statuses == ["processing", "awaiting_supplement", "processing", "finished", "returned"]
    assert rating["score"] == 5
    types = [entry["type"] for entry in journal["items"]]
    assert types == ["receive", "take", "request-supplement", "supplement", "finish", "return"]
    assert figures["total"]["received"]["total"] == 1


def test_the_tour_works_as_printed(run_printed: Callable[[list[str]], str]) -> None:
    life, tour = blocks(README, "## A dossier's life")[0], blocks(TOUR, "# A tour with curl")
    output = run_printed([life, "echo TOUR", *tour])
    tables = output.partition("TOUR\n")[2]
    opened, ranking, workload, rated, exact, comments, *rest = answers_in(tables)
    first, repeated, late, asked, pending, approved, seals = rest
    assert "\ntotal," in tables
    assert "\n,Tổng cộng,0," in tables
    assert opened["count"] == len(opened["items"]) == 0  # the year of the demonstration is not here
    assert ranking["rows"]
    assert workload["total"]["open"] == 0
    assert (rated["exact"], exact["exact"]) == (False, True)
    assert exact["total"]["answers"] == 0, "rated today, and not in that year"
    assert [comment["comment"] for comment in comments["items"]] == ["Hướng dẫn tận tình"]
    assert repeated == first
    assert late["items"] == []
    assert [dossier["code"] for dossier in pending["items"]] == [asked["code"]]
    assert (approved["code"], approved["version"]) == (asked["code"], asked["version"] + 1)
    assert "items" in seals
