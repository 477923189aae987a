"""Citations in the code lead to a heading of docs/rules.md or docs/api.md, and every rule names its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, headings

RULES, CONTRACT = ROOT / "docs" / "rules.md", ROOT / "docs" / "api.md"
FOLDERS = ("app", "tests", "docs", "benchmarks", "proofs", "migrations")

# As in `rules §4`, `rules §7, §9`, `rules §4–§9` or `rules §3 to §5`, also across the end of a line.
_RULES = re.compile(r"\brules\s+(§\d+(?:(?:,\s+|\s+and\s+|\s+to\s+|–)§\d+)*)", re.IGNORECASE)
_CONTRACT = re.compile(r"\(contract\b([^)]*)\)")

# Modules of the domain that state no rule.
WITHOUT_RULE = {
    "__init__": "names the page of all rules",
    "errors": "the kinds of refusals; the rule is where one is raised",
}


def cited(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Each citation with the place where it stands."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".html", ".typ") and path != Path(__file__):
                text = path.read_text(encoding="utf-8")
                for match in pattern.finditer(text):
                    line = text.count("\n", 0, match.start()) + 1
                    yield f"{path.relative_to(ROOT)}:{line}", match[1]


def sections(citation: str) -> set[int]:
    """The numbers that a citation names; a range names all between its ends."""
    numbers = [int(number) for number in re.findall(r"§(\d+)", citation)]
    if re.search(r"–|\bto\b", citation):
        return set(range(numbers[0], numbers[-1] + 1))
    return set(numbers)


@pytest.mark.parametrize(
    ("citation", "numbers"),
    [("§4", {4}), ("§7, §9 and §11", {7, 9, 11}), ("§4–§6", {4, 5, 6}), ("§3 to §5", {3, 4, 5})],
)
def test_a_citation_may_name_several_sections(citation: str, numbers: set[int]) -> None:
    assert sections(citation) == numbers
    match = _RULES.search(f"(rules {citation})")
    assert match is not None
    assert match[1] == citation


def test_every_cited_rule_has_its_section() -> None:
    existing = {int(match[1]) for heading in headings(RULES) if (match := re.match(r"(\d+)\. ", heading))}
    citations = list(cited(_RULES))
    missing = [f"{place}: §{number}" for place, text in citations for number in sections(text) - existing]
    assert len(citations) > 200
    assert not missing, f"docs/rules.md has no such section: {missing}"


def test_every_cited_part_of_the_contract_has_its_heading() -> None:
    existing = set(headings(CONTRACT))
    citations = [(place, text.removeprefix(", ")) for place, text in cited(_CONTRACT)]
    missing = [
        f"{place}: {part}"
        for place, text in citations
        for part in ([text] if text in existing else text.split(" and "))
        if part not in existing
    ]
    assert len(citations) > 20
    assert not missing, f"docs/api.md has no such heading: {missing}"


def test_every_module_of_the_domain_cites_its_rules() -> None:
    without = set()
    for path in sorted((ROOT / "app" / "domain").glob("*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if not _RULES.search(docstring):
            without.add(path.stem)
    unexplained, stale = without - WITHOUT_RULE.keys(), WITHOUT_RULE.keys() - without
    assert not unexplained, f"cite a section of docs/rules.md in the docstring of {sorted(unexplained)}"
    assert not stale, f"take {sorted(stale)} off the list WITHOUT_RULE: they cite a rule, or are gone"


def test_every_rule_has_its_number_and_names_its_source() -> None:
    section, expected = 0, 0
    for block in re.split(r"\n(?=## \d|- )|\n\n", RULES.read_text(encoding="utf-8")):
        if heading := re.match(r"## (\d+)\. ", block):
            section, expected = int(heading[1]), 0
        elif section and block.startswith("- "):
            expected += 1
            number = f"{section}.{expected}"
            assert block.startswith(f"- **{number}** "), f"rule {number} is expected at: {block[:60]!r}"
            source = " ".join(block.split()).partition("Source: ")[2]
            assert re.fullmatch(r".{4,}\.", source), f"rule {number} ends without its source"
