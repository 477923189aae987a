"""The language stays easy to read, and its measure counts sentences, clause markers and first words."""

from pathlib import Path

import pytest

from tests.docs import prose
from tests.docs.markdown import ROOT

MEAN_WORDS, LONG_SHARE = 14, 0.02
# This page quotes the law.
MEAN_WORDS_OF_RULES, LONG_SHARE_OF_RULES = 17, 0.05
CLAUSE_MARKERS_PER_THOUSAND = 1.5

PAGE = """# A heading is not a sentence at all

The service receives a dossier. It prints `GET /dossiers/{code}` and
a [slip](slips.md) for the applicant!

- An item is a sentence of its own
- Too short

| a table | is not counted here |
|---|---|

```sh
a code block is not counted either
```
"""


def test_sentences_come_from_paragraphs_and_items(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    counted = prose.sentences_of(page)
    assert [(sentence.text, sentence.words) for sentence in counted] == [
        ("The service receives a dossier.", 5),
        ("It prints code and a slip for the applicant!", 9),
        ("An item is a sentence of its own", 8),
    ]
    assert prose.mean_words(counted) == pytest.approx(22 / 3)
    assert prose.share_long(counted) == 0


def test_a_sentence_over_35_words_is_long() -> None:
    counted = [prose.Sentence(Path("page.md"), "", words) for words in (35, 36)]
    assert prose.share_long(counted) == 0.5


def test_markers_are_counted_in_docstrings_and_comments_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        '"""What is counted here."""\n\n# The client whose key is used.\nname = "whoever"\n\n\n'
        'def function():\n    """Returns the row."""\n',
        encoding="utf-8",
    )
    texts = prose.code_texts(tmp_path)
    assert [text.kind for text in texts] == ["module", "docstring", "comment"]
    # "What is" and "whose", in 4 + 3 + 6 words.
    assert prose.markers_per_thousand(texts) == pytest.approx(2000 / 13)


@pytest.mark.parametrize(
    ("kind", "text", "bad"),
    [
        ("module", "What a token may do.", True),
        ("module", "Whatever a token may do.", False),
        ("module", "Checks tokens.", False),
        ("docstring", "Whether the token is valid.", False),
    ],
)
def test_only_module_docstrings_are_judged_by_their_first_word(kind: str, text: str, bad: bool) -> None:
    assert prose.opens_badly(prose.CodeText(Path("module.py"), kind, text)) is bad


def test_vietnamese_pages_are_left_out() -> None:
    names = {page.name for page in prose.english_pages()}
    assert "README.md" in names
    assert "README.vi.md" not in names


def test_the_docs_are_easy_to_read() -> None:
    rules = prose.sentences_of(prose.RULES)
    others = [
        sentence for page in prose.english_pages() if page != prose.RULES for sentence in prose.sentences_of(page)
    ]
    advice = "run `python -m tests.docs.prose --worst 10` and shorten the sentences that it shows"
    assert prose.mean_words(others) <= MEAN_WORDS, advice
    assert prose.share_long(others) <= LONG_SHARE, advice
    assert prose.mean_words(rules) <= MEAN_WORDS_OF_RULES, advice
    assert prose.share_long(rules) <= LONG_SHARE_OF_RULES, advice


def test_docstrings_and_comments_are_easy_to_read() -> None:
    texts = prose.code_texts(ROOT / "app")
    badly = [str(text.path.relative_to(ROOT)) for text in texts if prose.opens_badly(text)]
    assert not badly, f"begin these module docstrings with a noun or a verb: {badly}"
    assert prose.markers_per_thousand(texts) <= CLAUSE_MARKERS_PER_THOUSAND, (
        "run `python -m tests.docs.prose --worst 10`"
    )
