"""The guide for clerks names what the pages show, and addresses its reader as offices do."""

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

GUIDE = ROOT / "docs" / "vi" / "can-bo-mot-cua.md"
PAGES = [ROOT / "README.vi.md", *sorted((ROOT / "docs" / "vi").glob("*.md"))]
SHOWN = ("app/web", "app/lookup", "app/http/messages.py")


def shown_texts() -> str:
    """The source of all that the pages show."""
    paths = [path for name in SHOWN for path in ((ROOT / name).rglob("*") if (ROOT / name).is_dir() else [ROOT / name])]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.suffix in (".py", ".html"))


def test_each_name_in_bold_is_on_the_pages() -> None:
    shown = shown_texts()
    names = {
        " ".join(name.split()) for name in re.findall(r"\*\*(.+?)\*\*", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    }
    assert len(names) > 50
    missing = sorted(name for name in names if name not in shown)
    assert not missing, f"docs/vi/can-bo-mot-cua.md names what no page shows: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_readers_are_addressed_as_offices_do(page: Path) -> None:
    assert not re.findall(r"\b[Bb]ạn\b", page.read_text(encoding="utf-8")), "write Ông/Bà"
