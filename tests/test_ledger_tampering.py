"""Changes past the service of what decides and is no dossier: the verification names each of them.

All changes are made to one register, each to rows of its own, so one verification must name them all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Row, Table, Text, delete, func, insert, select, type_coerce, update

from app.access.service import TokenRequest, issue, revoke, rotate
from app.audit.seals.service import seal
from app.audit.verification.difference import Difference
from app.audit.verification.service import verify
from app.database import Database, json_text
from app.database.tables import (
    calendar_revisions,
    catalogues,
    contacts,
    dossiers,
    ledger,
    procedure_versions,
    procedures,
    purges,
    rating_comments,
    ratings,
    reforms,
    score_rules,
    score_tables,
    session_revisions,
    token_changes,
    tokens,
    units,
    webhooks,
)
from app.domain.hash_chain import START, hash_of
from app.ledger.entries import COMMAND_LINE, Author, entry_content
from app.ledger.subjects import SUBJECTS
from app.loading.simulation.service import simulate
from app.loading.simulation.timing import Rates
from tests.conftest import NOW
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.databases import Databases, Templates
from tests.support.owner import behind_the_back
from tests.support.reference import seed


class Finding(NamedTuple):
    """The difference that a change must cause."""

    where: str
    entry: int | None
    field: str


Tampering = Callable[[Connection], Iterable[Finding]]

# Tokens of the register, by client. Each change has its own.
CLIENTS = (
    "revoked",
    "raised",
    "widened",
    "extended",
    "replaced",
    "removed",
    "renamed",
    "history changed",
    "history removed",
    "history moved",
    "rotated",
)


WEEK = [{"weekday": day, "from": "07:30", "to": "17:00", "reception_only": False} for day in range(1, 6)]
CONTACT = {"unit": "20899", "role": "unit", "channel": "email", "address": "mot-cua@tra-my.example.vn"}
SCORES = {
    "decision": "12/QĐ-UBND",
    "rules": [
        {"rate": rate, "kind": "commune", "full_points": 2.0, "full_from": 0.99, "threshold": 0.85}
        for rate in ("finished", "due")
    ],
}
CALLS = (
    ("POST", "/api/v1/contacts", CONTACT),
    ("POST", "/api/v1/contacts", CONTACT),
    ("POST", "/api/v1/webhooks", {"url": "https://mot.example/a", "unit": "20899"}),
    ("POST", "/api/v1/webhooks", {"url": "https://hai.example/b"}),
    ("PUT", "/api/v1/statistics/score-table", SCORES),
    ("PATCH", "/api/v1/units/17", {"sessions": WEEK}),
)


def fill(url: str) -> None:
    """A register with tokens, contacts, webhooks, rated dossiers and a score table, under a seal."""
    seed(url)
    with Client(url, NOW) as client:
        administrator = client.token("administrator", client="quản trị")
        for method, path, body in CALLS:
            answer = client.request(method, path, json=body, token=administrator)
            assert answer.is_success, answer.text

    async def rated(database: Database) -> None:
        start, end, rates = date(2020, 3, 1), date(2020, 3, 31), Rates(rated=0.5)
        await simulate(database, dossiers=40, start=start, end=end, seed=5, now=NOW, rates=rates)

    in_database(url, rated)

    async def work(database: Database) -> None:
        for client in CLIENTS:
            async with database.writing() as connection:
                request = TokenRequest(client, "clerk", 17, NOW + timedelta(days=30))
                token = (await issue(connection, request, COMMAND_LINE, NOW)).token
                if client == "revoked":
                    await revoke(connection, token, Author("an administrator", 1), NOW, "mất máy")
                if client == "rotated":
                    await rotate(connection, token, COMMAND_LINE, NOW)
        assert len(await seal(database, NOW)) == 1

    in_database(url, work)


def named(differences: Iterable[Difference]) -> set[Finding]:
    return {Finding(item.dossier, item.entry, item.field) for item in differences}


# --- Tokens -----------------------------------------------------------------------------------------------------------


def token_of(connection: Connection, client: str) -> Row[Any]:
    return connection.execute(select(tokens).where(tokens.c.client == client).order_by(tokens.c.id).limit(1)).one()


def token_changed(client: str, /, **values: Any) -> Tampering:
    def tamper(connection: Connection) -> Iterable[Finding]:
        token = token_of(connection, client)
        connection.execute(update(tokens).where(tokens.c.id == token.id).values(**values))
        return [Finding(f"tokens {token.id}", None, name) for name in values]

    return tamper


def a_supervisors_token_inserted(connection: Connection) -> Iterable[Finding]:
    row = {"client": "mới", "role": "supervisor", "unit_id": None, "token_hash": "0" * 64, "created_at": NOW}
    key = connection.execute(insert(tokens).values(id=901, **row)).inserted_primary_key
    assert key is not None
    return [Finding("tokens 901", None, "row")]


def a_token_inserted_with_its_history(connection: Connection) -> Iterable[Finding]:
    row = {"client": "mới", "role": "administrator", "unit_id": None, "token_hash": "1" * 64, "created_at": NOW}
    connection.execute(insert(tokens).values(id=902, **row))
    history = {"token_id": 902, "type": "created", "recorded_at": NOW, "client": "command line", "data": {}}
    connection.execute(insert(token_changes).values(id=902, **history))
    return [Finding("tokens 902", None, "row"), Finding("token_changes 902", None, "row")]


def a_token_removed(connection: Connection) -> Iterable[Finding]:
    token = token_of(connection, "removed")
    connection.execute(delete(tokens).where(tokens.c.id == token.id))
    return [Finding(f"tokens {token.id}", None, "row")]


def change_of(connection: Connection, client: str) -> Row[Any]:
    token = token_of(connection, client)
    return connection.execute(select(token_changes).where(token_changes.c.token_id == token.id).limit(1)).one()


def another_author_in_the_history(connection: Connection) -> Iterable[Finding]:
    row = change_of(connection, "history changed")
    connection.execute(update(token_changes).where(token_changes.c.id == row.id).values(client="ai khác"))
    return [Finding(f"token_changes {row.id}", None, "client")]


def a_change_removed_from_the_history(connection: Connection) -> Iterable[Finding]:
    row = change_of(connection, "history removed")
    connection.execute(delete(token_changes).where(token_changes.c.id == row.id))
    return [Finding(f"token_changes {row.id}", None, "row")]


def a_change_moved_to_another_token(connection: Connection) -> Iterable[Finding]:
    row = change_of(connection, "history moved")
    connection.execute(update(token_changes).where(token_changes.c.id == row.id).values(token_id=1))
    return [Finding(f"token_changes {row.id}", None, "token_id")]


# --- Reference data, contacts, webhooks, ratings, purges --------------------------------------------------------------


def changed(table: Table, key: int, **values: Any) -> Tampering:
    """A change of columns of the row with the key."""

    def tamper(connection: Connection) -> Iterable[Finding]:
        (column,) = table.primary_key.columns
        assert connection.execute(update(table).where(column == key).values(**values)).rowcount == 1
        return [Finding(f"{table.name} {key}", None, name) for name in values]

    return tamper


def removed(table: Table, key: int) -> Tampering:
    def tamper(connection: Connection) -> Iterable[Finding]:
        (column,) = table.primary_key.columns
        assert connection.execute(delete(table).where(column == key)).rowcount == 1
        return [Finding(f"{table.name} {key}", None, "row")]

    return tamper


def doubled(table: Table, key: int, new: int, **values: Any) -> Tampering:
    """A copy of a row under a new key, with other values."""

    def tamper(connection: Connection) -> Iterable[Finding]:
        (column,) = table.primary_key.columns
        row = connection.execute(select(table).where(column == key)).one()._asdict()
        connection.execute(insert(table).values(**{**row, column.name: new, **values}))
        return [Finding(f"{table.name} {new}", None, "row")]

    return tamper


def rated(connection: Connection, number: int) -> int:
    """The dossier of the rating in this place of the list."""
    # Not one that was inserted below.
    own = select(ratings.c.dossier_id).where(ratings.c.rated_at < NOW)
    statement = own.order_by(ratings.c.dossier_id).offset(number).limit(1)
    return int(connection.execute(statement).scalar_one())


def another_score(connection: Connection) -> Iterable[Finding]:
    return changed(ratings, rated(connection, 0), score=2)(connection)


def another_time_of_a_rating(connection: Connection) -> Iterable[Finding]:
    return changed(ratings, rated(connection, 1), rated_at=NOW - timedelta(days=1))(connection)


def a_rating_removed(connection: Connection) -> Iterable[Finding]:
    return removed(ratings, rated(connection, 2))(connection)


def five_stars_for_dossiers_without_a_rating(connection: Connection) -> Iterable[Finding]:
    free = select(dossiers.c.id).where(dossiers.c.id.not_in(select(ratings.c.dossier_id)))
    ids = list(connection.scalars(free))
    assert ids
    for dossier in ids:
        connection.execute(insert(ratings).values(dossier_id=dossier, rated_at=NOW, score=5))
    return [Finding(f"ratings {dossier}", None, "row") for dossier in ids]


def another_comment(connection: Connection) -> Iterable[Finding]:
    key = connection.execute(select(func.min(rating_comments.c.dossier_id))).scalar_one()
    return changed(rating_comments, int(key), content="rất tốt")(connection)


def a_comment_removed(connection: Connection) -> Iterable[Finding]:
    key = connection.execute(select(func.max(rating_comments.c.dossier_id))).scalar_one()
    return removed(rating_comments, int(key))(connection)


def a_purge_that_nobody_made(connection: Connection) -> Iterable[Finding]:
    row = {"purged_at": NOW, "closed_before": NOW - timedelta(days=366)}
    connection.execute(insert(purges).values(dossier_id=rated(connection, 5), **row))
    return [Finding(f"purges {rated(connection, 5)}", None, "row")]


def another_score_rule(connection: Connection) -> Iterable[Finding]:
    connection.execute(update(score_rules).where(score_rules.c.rate == "due").values(threshold=0))
    return [Finding("score_rules 7", None, "threshold")]


def the_text_null_for_no_value(connection: Connection) -> Iterable[Finding]:
    # Both are read as no value, so the ledger says the same of them.
    connection.execute(update(procedures).where(procedures.c.id == 3).values(thresholds=json_text(None)))
    return [Finding("procedures", None, "thresholds")]


TAMPERINGS: Mapping[str, Tampering] = {
    "the text null for no value": the_text_null_for_no_value,
    "a supervisor's token inserted": a_supervisors_token_inserted,
    "a token inserted with its history": a_token_inserted_with_its_history,
    "a token removed": a_token_removed,
    "a revocation undone": token_changed("revoked", revoked_at=None),
    "a role raised": token_changed("raised", role="administrator"),
    "a token widened to all units": token_changed("widened", unit_id=None),
    "an expiry put off": token_changed("extended", expires_at=NOW + timedelta(days=3000)),
    "a secret replaced": token_changed("replaced", token_hash="2" * 64),
    "a client renamed": token_changed("renamed", client="ai khác"),
    "a rotation undone": token_changed("rotated", replaced_by_id=None),
    "another author in the history": another_author_in_the_history,
    "a change removed from the history": a_change_removed_from_the_history,
    "a change moved to another token": a_change_moved_to_another_token,
    "a unit renamed": changed(units, 2, name="Khác"),
    "a unit ended": changed(units, 3, valid_to=date(2030, 1, 1)),
    "a unit moved": changed(units, 5, parent_id=1),
    "a unit with other traits": changed(units, 6, traits=["mountain"]),
    "a unit inserted": doubled(units, 7, 950, code="99999"),
    "sessions changed": changed(session_revisions, 1, sessions=[{**day, "to": "16:00"} for day in WEEK]),
    "sessions dated earlier": doubled(session_revisions, 1, 951, unit_id=18),
    "a catalogue widened": changed(catalogues, 1, max_days=900),
    "a procedure renamed": changed(procedures, 1, name="Khác"),
    "other thresholds of a procedure": changed(procedures, 2, thresholds={"before_hours": 1}),
    "a limit lengthened": changed(procedure_versions, 1, limits={"counter": None, "online": None, "postal": None}),
    "a version put off": changed(procedure_versions, 2, effective_from=date(2019, 1, 1)),
    "more extensions": changed(procedure_versions, 3, max_extension=9),
    "another fee": changed(procedure_versions, 4, fee=1),
    "a version inserted": doubled(procedure_versions, 5, 952, version=9),
    "a holiday added": changed(calendar_revisions, 1, days_off=["2018-01-01", "2018-01-02"]),
    "another decision of a calendar": changed(calendar_revisions, 2, decision="khác"),
    "a calendar inserted": doubled(calendar_revisions, 3, 953, revision=9),
    "another author of a reform": changed(reforms, 1, client="ai khác"),
    "another score table": changed(score_tables, 1, decision="khác"),
    "another score rule": another_score_rule,
    "another address of a contact": changed(contacts, 1, address="khac@xa.vn"),
    "a contact ended": changed(contacts, 2, ended_at=NOW),
    "a contact inserted": doubled(contacts, 2, 954),
    "another address of a webhook": changed(webhooks, 1, url="https://ba.example"),
    "a webhook widened": changed(webhooks, 2, types=["dossier.finish"]),
    "a webhook inserted": doubled(webhooks, 2, 955),
    "five stars without a citizen": five_stars_for_dossiers_without_a_rating,
    "another score": another_score,
    "another time of a rating": another_time_of_a_rating,
    "a rating removed": a_rating_removed,
    "another comment": another_comment,
    "a comment removed": a_comment_removed,
    "a purge that nobody made": a_purge_that_nobody_made,
}


class Report(NamedTuple):
    """What each change must cause, and what the verification named."""

    expected: Mapping[str, set[Finding]]
    named: set[Finding]


@pytest.fixture(scope="session")
def report(databases: Databases, templates: Templates) -> Iterator[Report]:
    url = databases.create(templates.prepared_by(fill))
    expected: dict[str, set[Finding]] = {}

    def tamper(connection: Connection) -> None:
        for name, tampering in TAMPERINGS.items():
            expected[name] = set(tampering(connection))

    behind_the_back(url, tamper)
    yield Report(expected, named(in_database(url, verify)))
    databases.drop(url)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_change_is_named(report: Report, name: str) -> None:
    assert report.expected[name]
    assert report.expected[name] <= report.named


def test_no_other_row_that_the_ledger_holds_is_named(report: Report) -> None:
    held = {item for item in report.named if item.where.partition(" ")[0] in SUBJECTS}
    assert held == {item for items in report.expected.values() for item in items}


# --- The ledger itself ------------------------------------------------------------------------------------------------


@pytest.fixture
def url(databases: Databases, templates: Templates) -> Iterator[str]:
    url = databases.create(templates.prepared_by(fill))
    yield url
    databases.drop(url)


def entry_of(connection: Connection, client: str) -> int:
    """The number of the entry of a token's creation."""
    row = token_of(connection, client)
    of_row = ledger.c.subject == "tokens", ledger.c.row_id == row.id
    return int(connection.execute(select(func.min(ledger.c.number)).where(*of_row)).scalar_one())


def rehash(connection: Connection) -> None:
    """Computes the numbers and the hashes of all entries again."""
    rows = connection.execute(
        select(ledger, type_coerce(ledger.c.data, Text()).label("text")).order_by(ledger.c.number)
    ).all()
    head = START
    for number, row in enumerate(rows, start=1):
        content = {**row._asdict(), "number": number, "data": row.text}
        head = hash_of(entry_content(head, content))
        connection.execute(update(ledger).where(ledger.c.number == row.number).values(number=number, hash=head))


def an_entry_changed(connection: Connection) -> Iterable[Finding]:
    number = entry_of(connection, "raised")
    connection.execute(update(ledger).where(ledger.c.number == number).values(client="ai khác"))
    return [Finding("ledger", number, "hash")]


def an_entry_removed(connection: Connection) -> Iterable[Finding]:
    number = entry_of(connection, "raised")
    connection.execute(delete(ledger).where(ledger.c.number == number))
    return [Finding("ledger", number, "entry"), Finding("ledger", number, "sealed entry")]


def an_entry_and_its_row_changed_with_the_rest_of_the_chain(connection: Connection) -> Iterable[Finding]:
    number, token = entry_of(connection, "raised"), token_of(connection, "raised")
    row = connection.execute(select(ledger).where(ledger.c.number == number)).one()
    data = {**row.data, "values": {**row.data["values"], "role": "administrator"}}
    connection.execute(update(ledger).where(ledger.c.number == number).values(data=data))
    connection.execute(update(tokens).where(tokens.c.id == token.id).values(role="administrator"))
    rehash(connection)
    return [Finding("ledger", number, "sealed hash")]


def a_token_removed_with_every_trace(connection: Connection) -> Iterable[Finding]:
    token, change = token_of(connection, "removed"), change_of(connection, "removed")
    number = entry_of(connection, "removed")
    connection.execute(delete(token_changes).where(token_changes.c.id == change.id))
    connection.execute(delete(tokens).where(tokens.c.id == token.id))
    for subject, key in (("tokens", token.id), ("token_changes", change.id)):
        connection.execute(delete(ledger).where(ledger.c.subject == subject, ledger.c.row_id == key))
    rehash(connection)
    return [Finding("ledger", number, "sealed hash")]


OF_LEDGER: Mapping[str, Tampering] = {
    "an entry changed": an_entry_changed,
    "an entry removed": an_entry_removed,
    "an entry and its row changed, with the rest of the chain": an_entry_and_its_row_changed_with_the_rest_of_the_chain,
    "a token removed with every trace": a_token_removed_with_every_trace,
}


@pytest.mark.parametrize("name", OF_LEDGER)
def test_every_change_of_the_ledger_is_named(url: str, name: str) -> None:
    expected: set[Finding] = set()
    behind_the_back(url, lambda connection: expected.update(OF_LEDGER[name](connection)))
    assert expected <= named(in_database(url, verify))


def test_a_register_without_dossiers_is_sealed_and_agrees(url: str) -> None:
    assert in_database(url, verify) == []
