"""Sets the score table by one more revision; former revisions stay."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from app.access.callers import Caller
from app.catalogue.cache import touch
from app.database import Connection
from app.database.tables import score_rules, score_tables
from app.ledger.service import record
from app.ledger.subjects import score_rule_number
from app.statistics.rankings.queries import last_table
from app.statistics.rankings.schemas import ScoreTableIn
from app.statistics.rankings.scores import ScoreTable, check_rules


async def set_score_table(
    connection: Connection,
    caller: Caller,
    body: ScoreTableIn,
    now: datetime,
    expect: Callable[[int], None],
) -> ScoreTable:
    """Appends a revision with the rules of the body, and returns the table then in force.

    `expect` gets the number of the present revision (0 before the first), and refuses it if the client has another.
    A table equal to the present one is no new revision. Raises Invalid `score_table_invalid`.
    """
    rules = [rule.rule() for rule in body.rules]
    check_rules(rules)
    # Changes run one after the other, so two of them cannot take the same number.
    await touch(connection)
    stored = await last_table(connection)
    expect(stored.revision if stored else 0)
    if stored is not None and stored.decision == body.decision and stored.rules == frozenset(rules):
        return stored
    revision = stored.revision + 1 if stored else 1
    row = {"revision": revision, "decision": body.decision, "client": caller.client, "recorded_at": now}
    table_id = await connection.insert(score_tables, row)
    await connection.insert_many(score_rules, [{"score_table_id": table_id, **asdict(rule)} for rule in rules])
    assert table_id is not None  # the database gives the key
    keys = [score_rule_number(table_id, rule.rate, rule.kind) for rule in rules]
    await record(connection, {score_tables: [table_id], score_rules: keys}, caller.author, now)
    return ScoreTable(revision, body.decision, now, frozenset(rules))
