"""What rankings read: the on-time figures of a question, and score tables."""

from datetime import datetime

from sqlalchemy import bindparam, select

from app.catalogue.cache import Reference
from app.database import Connection, Instant, Prepared, Row
from app.database.tables import score_rules, score_tables
from app.statistics.on_time.figures import changed_since, count
from app.statistics.on_time.parameters import Question
from app.statistics.on_time.presenting import answer
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


async def figures(
    connection: Connection, question: Question, reference: Reference, now: datetime, language: str
) -> OnTimeOut:
    """The on-time figures of a question, units named in the language; the connection shows one state of the register.

    Ranked is by these figures and no others, so that each rate can be looked up there.
    """
    counted = await count(connection, question, reference)
    changed = await changed_since(connection, question, reference, now)
    return answer(question, reference, counted, changed, language)


async def table_in_force(connection: Connection, now: datetime) -> ScoreTable | None:
    """The latest revision recorded by `now`, None before the first."""
    return await _table(connection, await connection.first(_IN_FORCE, now=now))


async def last_table(connection: Connection) -> ScoreTable | None:
    """The latest revision of all, None before the first."""
    return await _table(connection, await connection.first(_LAST))


async def table_of_revision(connection: Connection, revision: int) -> ScoreTable | None:
    """The revision of this number, None where there is none."""
    return await _table(connection, await connection.first(_OF_REVISION, revision=revision))


async def _table(connection: Connection, row: Row | None) -> ScoreTable | None:
    if row is None:
        return None
    rules = frozenset(
        Rule(one.rate, one.kind, one.full_points, one.full_from, one.threshold, one.threshold_points)
        for one in await connection.all(_RULES, table_id=row.id)
    )
    return ScoreTable(row.revision, row.decision, row.recorded_at, rules)
