"""The ranking and the score table as clients see them."""

from collections.abc import Iterable

from app.catalogue.cache import Reference
from app.catalogue.presenting import unit_name
from app.domain.localtime import local
from app.statistics.on_time.presenting import rate
from app.statistics.on_time.schemas import OnTimeOut, RateOut, RowOut
from app.statistics.rankings.definitions import BELOW_MINIMUM, DEFINITIONS
from app.statistics.rankings.parameters import RankingIn
from app.statistics.rankings.ranks import Contender, Standing, standings
from app.statistics.rankings.rounding import UNIT, four_decimals
from app.statistics.rankings.schemas import (
    IntervalOut,
    RankedOut,
    RankingDefinitionOut,
    RankingOut,
    ScoredByOut,
    ScoreRuleOut,
    ScoreTableOut,
)
from app.statistics.rankings.scores import Rate, Rule, ScoreTable, score


def ranking_out(
    query: RankingIn, reference: Reference, figures: OnTimeOut, table: ScoreTable | None, language: str
) -> RankingOut:
    """The rows of the figures ranked, with texts in the language ("vi" or "en")."""
    contenders = [_contender(row, _rate_of(row, query.rate)) for row in figures.rows]
    rule = table.rule(query.rate, query.of) if table else None
    rows = [_ranked(one, query.minimum, rule, reference, language) for one in standings(contenders, query.minimum)]
    return RankingOut(
        of=query.of,
        rate=query.rate,
        definition=_definition(query.rate, language),
        first=figures.first,
        last=figures.last,
        as_of=figures.as_of,
        minimum=query.minimum,
        score_table=_scored_by(table, rule) if table else None,
        rows=rows,
        changed_since=figures.changed_since,
    )


def score_table_out(table: ScoreTable | None) -> ScoreTableOut:
    """A revision, or the empty table that holds before the first."""
    if table is None:
        return ScoreTableOut(revision=0, decision=None, recorded_at=None, rules=[])
    return ScoreTableOut(
        revision=table.revision,
        decision=table.decision,
        recorded_at=local(table.recorded_at),
        rules=[_rule(one) for one in _in_order(table.rules)],
    )


def _rate_of(row: RowOut, name: Rate) -> RateOut:
    return row.rate_of_finished if name == "finished" else row.rate_of_due


def _contender(row: RowOut, one: RateOut) -> Contender:
    assert row.id is not None, "rows of units have an id"
    return Contender((row.key, row.id), one.numerator, one.denominator)


def _ranked(one: Standing, minimum: int, rule: Rule | None, reference: Reference, language: str) -> RankedOut:
    contender, interval = one.contender, one.interval
    points = score(rule, contender.numerator, contender.denominator) if rule else None
    below = one.rank is None
    text = BELOW_MINIMUM[language].format(volume=contender.denominator, minimum=minimum)
    return RankedOut(
        rank=one.rank,
        reason="below_minimum" if below else None,
        reason_text=text if below else None,
        unit=unit_name(reference.units[contender.name[1]]),
        rate=rate(contender.numerator, contender.denominator),
        interval=IntervalOut(
            low=four_decimals(interval.low) if interval else None,
            high=four_decimals(interval.high) if interval else None,
        ),
        distinguishable=one.distinguishable,
        score=None if points is None else four_decimals(points),
        volume=contender.denominator,
    )


def _definition(name: Rate, language: str) -> RankingDefinitionOut:
    one = DEFINITIONS[name]
    return RankingDefinitionOut(
        name=one.name, text=one.words[language], numerator=dict(one.numerator), denominator=dict(one.denominator)
    )


def _scored_by(table: ScoreTable, rule: Rule | None) -> ScoredByOut:
    return ScoredByOut(
        revision=table.revision,
        decision=table.decision,
        recorded_at=local(table.recorded_at),
        rule=_rule(rule) if rule else None,
    )


def _in_order(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda one: (one.rate, one.kind), reverse=True)


def _rule(one: Rule) -> ScoreRuleOut:
    return ScoreRuleOut(
        rate=one.rate,
        kind=one.kind,
        full_points=one.full_points / UNIT,
        full_from=one.full_from / UNIT,
        threshold=one.threshold / UNIT,
        threshold_points=one.threshold_points / UNIT,
    )
