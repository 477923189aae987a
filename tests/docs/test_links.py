"""Links, anchors and paths in README.md and docs/ lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, anchors, code, links, pages

# A path in the repository, as `app/domain/`, or a module to run, as `python -m benchmarks.serving`.
_FOLDERS = "app|tests|docs|benchmarks|proofs|migrations|deploy"
_PATH = re.compile(rf"(?<![\w./{{-])(?:{_FOLDERS})/[\w./-]*\w")
_MODULE = re.compile(rf"python3? -m ((?:{_FOLDERS})(?:\.\w+)+)")
_PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages()]


def named_paths(text: str) -> set[str]:
    """The paths that a piece of code names; a module is named without its suffix."""
    modules = {module.replace(".", "/") for module in _MODULE.findall(text)}
    return {*_PATH.findall(text), *modules}


@pytest.mark.parametrize("page", _PAGES)
def test_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken, f"{page.relative_to(ROOT)} has links that lead nowhere: {broken}"


@pytest.mark.parametrize("page", _PAGES)
def test_paths_in_code_exist(page: Path) -> None:
    named = {path for text in code(page) for path in named_paths(text)}
    missing = sorted(path for path in named if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists())
    assert not missing, f"{page.relative_to(ROOT)} names paths that are gone: {missing}"


def test_anchors_follow_the_headings_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Chapter 1. `a_b` & more: Việt Nam\n## Again\n## Again\n```\n# no heading\n```\n", encoding="utf-8"
    )
    assert anchors(page) == {"chapter-1-a_b--more-việt-nam", "again", "again-1"}


def test_paths_are_read_from_code() -> None:
    assert named_paths("python -m benchmarks.serving --out docs/images/board.png") == {
        "benchmarks/serving",
        "docs/images/board.png",
    }
    assert named_paths("/api/v1/docs/x and $DIR/app/x and example.vn/docs/x") == set()
