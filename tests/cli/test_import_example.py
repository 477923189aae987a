"""The example of docs/imports.md: its commands print what the page shows."""

from pathlib import Path

import pytest

from app.loading.tables.mapping import TO_FILL
from tests.docs.markdown import ROOT
from tests.support.command_results import Run

FOLDER = Path("docs/examples/imports")
PAGE = (ROOT / "docs" / "imports.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The code blocks of a kind on the page."""
    return [part.split("\n", 1)[1] for part in PAGE.split("```")[1::2] if part.split("\n", 1)[0] == kind]


@pytest.mark.parametrize("number", [0, 1])
def test_the_commands_of_the_page_print_what_it_shows(
    number: int, seeded_url: str, motcua: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = blocks("sh")[0].replace("\\\n", "").splitlines()[number]
    monkeypatch.chdir(tmp_path)
    arguments = command.replace("docs/", f"{ROOT}/docs/").removeprefix("motcua ").split()
    end = motcua(*arguments, database_url=seeded_url)
    if number:
        assert end.stdout == blocks("")[0], end.stderr
    else:
        mapping = (ROOT / FOLDER / "so-2021.toml").read_text(encoding="utf-8")
        assert f'{{ value = "{TO_FILL}" }}' in end.stdout
        assert [line.split("  #")[0].replace(f'"{TO_FILL}"', '"20899"') for line in end.stdout.splitlines()] == [
            line.split("  #")[0] for line in mapping.splitlines()
        ]
