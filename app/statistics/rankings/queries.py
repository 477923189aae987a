"""Queries of rankings: the on-time figures of a question, and the score tables."""

from datetime import datetime

from sqlalchemy import bindparam, select

from app.database import Connection, Instant, Prepared, Row
from app.database.tables import score_rules, score_tables
from app.statistics.on_time.figures import count_and_change
from app.statistics.on_time.presenting import answer
from app.statistics.on_time.question import Question
from app.statistics.on_time.schemas import OnTimeOut
from app.statistics.rankings.scores import Rule, ScoreTable

_IN_FORCE = Prepared(
    select(score_tables)
    .where(score_tables.c.recorded_at <= bindparam("now", type_=Instant()))
    .order_by(score_tables.c.revision.desc())
    .limit(1)
)
_LAST = Prepared(select(score_tables).order_by(score_tables.c.revision.desc()).limit(1))
_OF_REVISION = Prepared(select(score_tables).where(score_tables.c.revision == bindparam("revision")))
_RULES = Prepared(select(score_rules).where(score_rules.c.score_table_id == bindparam("table_id")))


async def figures(connection: Connection, question: Question, now: datetime, language: str) -> OnTimeOut:
    """The on-time figures of a question, from a connection that reads one state of the database.

    A ranking uses these figures and no others, so that each rate can be looked up there.
    """
    counts, changed = await count_and_change(connection, question, now)
    return answer(question, counts, changed, language)


async def table_in_force(connection: Connection, now: datetime) -> ScoreTable | None:
    """The latest revision recorded by `now`, None before the first."""
    return await _table(connection, await connection.first(_IN_FORCE, now=now))


async def last_table(connection: Connection) -> ScoreTable | None:
    """The latest revision of all, None before the first."""
    return await _table(connection, await connection.first(_LAST))


async def table_of_revision(connection: Connection, revision: int) -> ScoreTable | None:
    """The revision with this number, None if it does not exist."""
    return await _table(connection, await connection.first(_OF_REVISION, revision=revision))


async def _table(connection: Connection, row: Row | None) -> ScoreTable | None:
    if row is None:
        return None
    rules = frozenset(
        Rule(rule.rate, rule.kind, rule.full_points, rule.full_from, rule.threshold, rule.threshold_points)
        for rule in await connection.all(_RULES, table_id=row.id)
    )
    return ScoreTable(row.revision, row.decision, row.recorded_at, rules)
