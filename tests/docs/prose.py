"""Measures how easy the English of the project is to read: `python -m tests.docs.prose --worst 10`.

Pages: words a sentence, without headings, tables and code blocks; Vietnamese pages are left out. Code: docstrings and
comments of `app/`, with the words that open or continue a nested clause.
"""

import argparse
import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from tests.docs.markdown import ROOT, pages

# The law is quoted here, and its sentences are long.
RULES = ROOT / "docs" / "rules.md"
LONG = 35

CLAUSE_MARKERS = re.compile(
    r"\b(whoever|whatever|whom|whose|of which|by which|in which|to which|that which|what is|who is)\b", re.IGNORECASE
)
OPENERS = frozenset({"What", "How", "Who", "Whether", "Whom", "Whose", "Where", "When", "As", "All"})

_PARSER = MarkdownIt("commonmark").enable("table")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[A-Za-zÀ-ỹ0-9'’-]+")
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a page."""

    page: Path
    text: str
    words: int


@dataclass(frozen=True, slots=True)
class CodeText:
    """A docstring or a comment line. `kind` is `module`, `docstring` or `comment`."""

    path: Path
    kind: str
    text: str


def english_pages() -> list[Path]:
    """All pages except the Vietnamese ones."""
    return [page for page in pages() if ".vi." not in page.name and "vi" not in page.parts]


def sentences_of(page: Path) -> list[Sentence]:
    """The sentences of a page with at least three words."""
    found = [Sentence(page, text, len(_WORD.findall(text))) for text in sentences(page.read_text(encoding="utf-8"))]
    return [sentence for sentence in found if sentence.words >= _FEWEST_WORDS]


def sentences(markdown: str) -> Iterator[str]:
    """The sentences of paragraphs and list items; inline code counts as a word."""
    in_paragraph = False
    for token in _PARSER.parse(markdown):
        if token.type in ("paragraph_open", "paragraph_close"):
            in_paragraph = token.type == "paragraph_open"
        elif token.type == "inline" and in_paragraph:
            parts = {"code_inline": "code", "softbreak": " ", "hardbreak": " "}
            text = "".join(
                part.content if part.type == "text" else parts.get(part.type, "") for part in token.children or ()
            )
            yield from filter(None, _SENTENCE_END.split(text.strip()))


def mean_words(counted: Iterable[Sentence]) -> float:
    """Mean words a sentence."""
    lengths = [sentence.words for sentence in counted]
    return sum(lengths) / len(lengths)


def share_long(counted: Iterable[Sentence]) -> float:
    """Share of sentences over 35 words."""
    lengths = [sentence.words for sentence in counted]
    return sum(length > LONG for length in lengths) / len(lengths)


def code_texts(folder: Path) -> list[CodeText]:
    """Docstrings and whole-line comments of all modules in a folder."""
    return [text for path in sorted(folder.rglob("*.py")) for text in _texts_of(path)]


def markers_per_thousand(texts: Iterable[CodeText]) -> float:
    """Clause markers per 1,000 words."""
    every = [text.text for text in texts]
    return 1000 * sum(len(CLAUSE_MARKERS.findall(text)) for text in every) / sum(len(text.split()) for text in every)


def opens_badly(text: CodeText) -> bool:
    """Whether a module docstring begins with a word such as What or Who."""
    return text.kind == "module" and re.split(r"\W+", text.text.strip())[0] in OPENERS


def _texts_of(path: Path) -> Iterator[CodeText]:
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield CodeText(path, "module" if isinstance(node, ast.Module) else "docstring", docstring)
    for line in source.splitlines():
        if line.lstrip().startswith("# "):
            yield CodeText(path, "comment", line.strip()[2:])


def _report(worst: int) -> None:
    counted = [sentence for page in english_pages() for sentence in sentences_of(page)]
    for name, group in (
        ("docs", [sentence for sentence in counted if sentence.page != RULES]),
        ("docs/rules.md", [sentence for sentence in counted if sentence.page == RULES]),
    ):
        print(f"{name}: mean {mean_words(group):.1f} words a sentence, {share_long(group):.1%} over {LONG}")
    texts = code_texts(ROOT / "app")
    print(f"app: {markers_per_thousand(texts):.1f} clause markers per 1,000 words")
    print(f"app: {sum(map(opens_badly, texts))} module docstrings with a bad first word")
    for sentence in sorted(counted, key=lambda sentence: -sentence.words)[:worst]:
        print(f"  {sentence.words} words, {sentence.page.relative_to(ROOT)}: {sentence.text}")
    marked = sorted(texts, key=lambda text: -len(CLAUSE_MARKERS.findall(text.text)))
    for text in [text for text in marked if CLAUSE_MARKERS.search(text.text) or opens_badly(text)][:worst]:
        print(f"  {text.path.relative_to(ROOT)}: {' '.join(text.text.split())}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measures the English of docs, docstrings and comments.")
    parser.add_argument("--worst", type=int, default=0, help="Show this many of the worst places.")
    _report(parser.parse_args().worst)
