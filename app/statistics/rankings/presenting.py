"""Ranking and score table as clients see them."""

from collections.abc import Iterable

from app.catalogue.cache import Reference
from app.catalogue.presenting import unit_name
from app.domain.localtime import local
from app.statistics.on_time.presenting import rate
from app.statistics.on_time.schemas import OnTimeOut, OnTimeRowOut, RateOut
from app.statistics.rankings.definitions import BELOW_MINIMUM, DEFINITIONS
from app.statistics.rankings.parameters import RankingIn
from app.statistics.rankings.ranks import Contender, Standing, standings
from app.statistics.rankings.schemas import (
    RankingDefinitionOut,
    RankingIntervalOut,
    RankingOut,
    RankingRowOut,
    RankingScoreTableOut,
    ScoreRuleOut,
    ScoreTableOut,
)
from app.statistics.rankings.scores import Rate, Rule, ScoreTable, score
from app.statistics.shares import UNIT, cut


def ranking_out(
    query: RankingIn, reference: Reference, figures: OnTimeOut, table: ScoreTable | None, language: str
) -> RankingOut:
    """The rows of the figures in ranked order, with texts in the language ("vi" or "en")."""
    contenders = [_contender(row, _rate_of(row, query.rate)) for row in figures.rows]
    rule = table.rule(query.rate, query.of) if table else None
    return RankingOut(
        of=query.of,
        rate=query.rate,
        definition=_definition_out(query.rate, language),
        first=figures.first,
        last=figures.last,
        as_of=figures.as_of,
        minimum=query.minimum,
        score_table=_score_table_of_ranking(table, rule) if table else None,
        rows=[
            _row_out(standing, query.minimum, rule, reference, language)
            for standing in standings(contenders, query.minimum)
        ],
        changed_since=figures.changed_since,
    )


def score_table_out(table: ScoreTable | None) -> ScoreTableOut:
    """A revision, or the empty table in force before the first."""
    if table is None:
        return ScoreTableOut(revision=0, decision=None, recorded_at=None, rules=[])
    return ScoreTableOut(
        revision=table.revision,
        decision=table.decision,
        recorded_at=local(table.recorded_at),
        rules=[_rule_out(rule) for rule in _in_order(table.rules)],
    )


def _rate_of(row: OnTimeRowOut, name: Rate) -> RateOut:
    return row.rate_of_finished if name == "finished" else row.rate_of_due


def _contender(row: OnTimeRowOut, share: RateOut) -> Contender:
    assert row.id is not None, "rows of units have an id"
    return Contender((row.key, row.id), share.numerator, share.denominator)


def _row_out(standing: Standing, minimum: int, rule: Rule | None, reference: Reference, language: str) -> RankingRowOut:
    contender, interval = standing.contender, standing.interval
    low, high = interval.shown if interval else (None, None)
    points = score(rule, contender.numerator, contender.denominator) if rule else None
    below = standing.rank is None
    text = BELOW_MINIMUM[language].format(volume=contender.denominator, minimum=minimum)
    return RankingRowOut(
        rank=standing.rank,
        reason="below_minimum" if below else None,
        reason_text=text if below else None,
        unit=unit_name(reference.units[contender.name[1]]),
        rate=rate(contender.numerator, contender.denominator),
        interval=RankingIntervalOut(low=low, high=high),
        distinguishable=standing.distinguishable,
        score=None if points is None else cut(*points.as_integer_ratio()),
        volume=contender.denominator,
    )


def _definition_out(name: Rate, language: str) -> RankingDefinitionOut:
    definition = DEFINITIONS[name]
    return RankingDefinitionOut(
        name=definition.name,
        text=definition.words[language],
        numerator=dict(definition.numerator),
        denominator=dict(definition.denominator),
    )


def _score_table_of_ranking(table: ScoreTable, rule: Rule | None) -> RankingScoreTableOut:
    return RankingScoreTableOut(
        revision=table.revision,
        decision=table.decision,
        recorded_at=local(table.recorded_at),
        rule=_rule_out(rule) if rule else None,
    )


def _in_order(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: (rule.rate, rule.kind), reverse=True)


def _rule_out(rule: Rule) -> ScoreRuleOut:
    return ScoreRuleOut(
        rate=rule.rate,
        kind=rule.kind,
        full_points=rule.full_points / UNIT,
        full_from=rule.full_from / UNIT,
        threshold=rule.threshold / UNIT,
        threshold_points=rule.threshold_points / UNIT,
    )
