"""The indexes of the docs lead to every page."""

from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, links

DOCS = ROOT / "docs"


@pytest.mark.parametrize(
    ("index", "patterns"),
    [(DOCS / "README.md", ["*.md", "vi/*.md", "decisions/README.md"]), (DOCS / "decisions" / "README.md", ["*.md"])],
)
def test_an_index_links_every_page(index: Path, patterns: list[str]) -> None:
    existing = {page for pattern in patterns for page in index.parent.glob(pattern)} - {index}
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    missing = sorted(str(page.relative_to(ROOT)) for page in existing - linked)
    assert existing
    assert not missing, f"{index.relative_to(ROOT)} does not link {missing}"


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 160
