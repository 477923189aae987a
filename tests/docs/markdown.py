"""Reads Markdown pages: their headings with GitHub's anchors, their links and their code."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]

_PARSER = MarkdownIt("commonmark").enable("table")


def pages() -> list[Path]:
    """README, the other pages at the root, and all of `docs/` and `deploy/`."""
    return sorted(page for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md") for page in ROOT.glob(pattern))


def headings(page: Path) -> list[str]:
    """The text of each heading, in order, without its markup."""
    tokens = _PARSER.parse(page.read_text(encoding="utf-8"))
    return [
        "".join(part.content for part in text.children or () if part.type in ("text", "code_inline"))
        for opening, text in pairwise(tokens)
        if opening.type == "heading_open"
    ]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings; a heading that comes again gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in headings(page):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def links(page: Path) -> list[str]:
    """The targets of all links and images."""
    targets = [part.attrs.get("href", part.attrs.get("src")) for part in _parts(page)]
    return [unquote(str(target)) for target in targets if target is not None]


def code(page: Path) -> list[str]:
    """The text of each code span and each fenced block."""
    return [part.content for part in _parts(page) if part.type in ("code_inline", "fence")]


def _parts(page: Path) -> Iterator[Token]:
    for token in _PARSER.parse(page.read_text(encoding="utf-8")):
        yield token
        yield from token.children or ()
