"""Answer with the irregularities: each unit's share beside that of its peers."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from app.domain.localtime import local
from app.statistics.irregularities.counts import IrregularityCounts
from app.statistics.irregularities.definitions import DENOMINATORS, Irregularity, Thresholds
from app.statistics.irregularities.parameters import IrregularitiesIn
from app.statistics.irregularities.schemas import (
    IrregularitiesOut,
    IrregularityDefinitionOut,
    IrregularityRowOut,
    IrregularityShareOut,
    IrregularityThresholdsOut,
)
from app.statistics.irregularities.texts import text_of
from app.statistics.on_time.presenting import TOTAL, always_shown, place, rate
from app.statistics.on_time.question import Question

# With a single other unit the share of the peers would be that of this unit.
_FEWEST_PEERS = 2


def definitions(thresholds: Thresholds, language: str) -> list[IrregularityDefinitionOut]:
    """The irregularities in words, in the language ("vi" or "en")."""
    return [
        IrregularityDefinitionOut(
            pattern=irregularity,
            out_of=DENOMINATORS[irregularity],
            **text_of(irregularity, thresholds, language)._asdict(),
        )
        for irregularity in Irregularity
    ]


def irregularities_out(
    query: IrregularitiesIn,
    question: Question,
    by_unit: Mapping[int, IrregularityCounts],
    changed: datetime | None,
    language: str,
) -> IrregularitiesOut:
    """The answer with the counts of all units; `changed` is the last later change to the figures of the period."""
    shares = Shares(question, by_unit)
    return IrregularitiesOut(
        by=query.by,
        first=question.first,
        last=question.last,
        as_of=local(question.whole.as_of),
        thresholds=IrregularityThresholdsOut(**asdict(query.thresholds)),
        patterns=definitions(query.thresholds, language),
        rows=shares.rows(),
        total=shares.total(language),
        changed_since=changed,
    )


class Shares:
    """The counts of all units, as rows of the question."""

    def __init__(self, question: Question, by_unit: Mapping[int, IrregularityCounts]) -> None:
        self._units = question.reference.units
        self._by_row: dict[int, IrregularityCounts] = {}
        self._shown: set[int] = {int(key) for key in always_shown(question)}
        for unit, counts in by_unit.items():
            row = question.row_units[unit]
            self._by_row.setdefault(row, IrregularityCounts()).include(counts)
            if question.units is None or unit in question.units:
                self._shown.add(row)
        # For each kind: the counts of all its units together, and the number of units with a denominator.
        self._by_kind: dict[str, IrregularityCounts] = {}
        self._units_with: dict[tuple[str, Irregularity], int] = {}
        for row, counts in self._by_row.items():
            kind = self._units[row].kind
            self._by_kind.setdefault(kind, IrregularityCounts()).include(counts)
            for irregularity in Irregularity:
                with_any = counts.out_of[irregularity] > 0
                self._units_with[kind, irregularity] = self._units_with.get((kind, irregularity), 0) + with_any

    def rows(self) -> list[IrregularityRowOut]:
        """A row for each unit shown, by code."""
        units = sorted((self._units[row] for row in self._shown), key=lambda unit: place(unit.code, unit.id))
        return [
            IrregularityRowOut(
                key=unit.code,
                id=unit.id,
                name=unit.name,
                patterns=[self._share(unit.id, irregularity) for irregularity in Irregularity],
            )
            for unit in units
        ]

    def total(self, language: str) -> IrregularityRowOut:
        """The sum of the rows."""
        sum_of_rows = IrregularityCounts()
        for row in self._shown:
            sum_of_rows.include(self._counts(row))
        patterns = [_share(sum_of_rows, irregularity, None) for irregularity in Irregularity]
        return IrregularityRowOut(key="total", id=None, name=TOTAL[language], patterns=patterns)

    def _counts(self, row: int) -> IrregularityCounts:
        return self._by_row.get(row, IrregularityCounts())

    def _share(self, row: int, irregularity: Irregularity) -> IrregularityShareOut:
        own, kind = self._counts(row), self._units[row].kind
        others = self._units_with.get((kind, irregularity), 0) - (own.out_of[irregularity] > 0)
        return _share(own, irregularity, self._by_kind[kind] if others >= _FEWEST_PEERS else None)


def _share(
    own: IrregularityCounts, irregularity: Irregularity, kind: IrregularityCounts | None
) -> IrregularityShareOut:
    matches, out_of = own.matches[irregularity], own.out_of[irregularity]
    peers = None
    if kind is not None:
        peers = rate(kind.matches[irregularity] - matches, kind.out_of[irregularity] - out_of)
    return IrregularityShareOut(
        pattern=irregularity, share=rate(matches, out_of), imported=own.imported[irregularity], peers=peers
    )
