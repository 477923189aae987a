"""The answer made of what was found: each unit's share beside that of its peers."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.catalogue.cache import Reference
from app.statistics.irregularities.counts import Tally
from app.statistics.irregularities.definitions import OUT_OF, Pattern, Thresholds
from app.statistics.irregularities.schemas import DefinitionOut, FoundOut, PatternRowOut
from app.statistics.irregularities.texts import text_of
from app.statistics.on_time.formats import as_table
from app.statistics.on_time.parameters import Question, row_unit
from app.statistics.on_time.presenting import TOTAL, always_shown, place, rate

# With one other unit alone, its figures would be the peers'.
_FEWEST_PEERS = 2


def definitions(thresholds: Thresholds, language: str) -> list[DefinitionOut]:
    """What the patterns are, in the language ("vi" or "en")."""
    return [
        DefinitionOut(pattern=one, out_of=OUT_OF[one], **text_of(one, thresholds, language)._asdict())
        for one in Pattern
    ]


class Shares:
    """What was found of all units, as rows of the question."""

    def __init__(self, question: Question, reference: Reference, tallies: Mapping[int, Tally]) -> None:
        self._reference = reference
        self._tallies: dict[int, Tally] = {}
        shown: set[int] = {int(key) for key in always_shown(question, reference)}
        for unit, tally in tallies.items():
            row = row_unit(question, reference, unit)
            self._tallies.setdefault(row, Tally()).include(tally)
            if question.units is None or unit in question.units:
                shown.add(row)
        self._shown = shown
        # Of each kind: all its units together, and how many of them have a denominator.
        self._kinds: dict[str, Tally] = {}
        self._with: dict[tuple[str, Pattern], int] = {}
        for row, tally in self._tallies.items():
            kind = reference.units[row].kind
            self._kinds.setdefault(kind, Tally()).include(tally)
            for pattern in Pattern:
                self._with[kind, pattern] = self._with.get((kind, pattern), 0) + (tally.out_of[pattern] > 0)

    def rows(self) -> list[PatternRowOut]:
        """A row for each unit shown, by code."""
        units = sorted((self._reference.units[row] for row in self._shown), key=lambda one: place(one.code, one.id))
        return [
            PatternRowOut(key=one.code, id=one.id, name=one.name, patterns=[self._found(one.id, p) for p in Pattern])
            for one in units
        ]

    def total(self, language: str) -> PatternRowOut:
        """The sum of the rows."""
        sum_of_rows = Tally()
        for row in self._shown:
            sum_of_rows.include(self._of(row))
        patterns = [_found(sum_of_rows, pattern, None) for pattern in Pattern]
        return PatternRowOut(key="total", id=None, name=TOTAL[language], patterns=patterns)

    def _of(self, row: int) -> Tally:
        return self._tallies.get(row, Tally())

    def _found(self, row: int, pattern: Pattern) -> FoundOut:
        own, kind = self._of(row), self._reference.units[row].kind
        others = self._with.get((kind, pattern), 0) - (own.out_of[pattern] > 0)
        return _found(own, pattern, self._kinds[kind] if others >= _FEWEST_PEERS else None)


def _found(own: Tally, pattern: Pattern, kind: Tally | None) -> FoundOut:
    found, out_of = own.found[pattern], own.out_of[pattern]
    peers = rate(kind.found[pattern] - found, kind.out_of[pattern] - out_of) if kind is not None else None
    return FoundOut(pattern=pattern, share=rate(found, out_of), imported=own.imported[pattern], peers=peers)


def as_csv(rows: Sequence[PatternRowOut], named: Sequence[DefinitionOut]) -> bytes:
    """A line for each row and pattern."""
    names = {one.pattern: one for one in named}
    return as_table([_line(row, found, names[found.pattern]) for row in rows for found in row.patterns])


def _line(row: PatternRowOut, found: FoundOut, named: DefinitionOut) -> dict[str, Any]:
    peers = found.peers
    return {
        "key": row.key,
        "id": row.id,
        "name": row.name,
        "pattern": found.pattern.value,
        "pattern_name": named.name,
        "out_of": named.out_of,
        "share_value": found.share.value,
        "share_numerator": found.share.numerator,
        "share_denominator": found.share.denominator,
        "imported": found.imported,
        "peers_value": peers.value if peers else None,
        "peers_numerator": peers.numerator if peers else None,
        "peers_denominator": peers.denominator if peers else None,
    }
