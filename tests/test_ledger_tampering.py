"""Changes past the service of what decides and is no dossier: the verification names each of them.

All changes are made to one register, each to rows of its own, so one verification must name them all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Row, Text, delete, func, insert, select, type_coerce, update

from app.access.service import TokenRequest, issue, revoke, rotate
from app.audit.seals.service import seal
from app.audit.verification.difference import Difference
from app.audit.verification.service import verify
from app.database import Database
from app.database.tables import ledger, token_changes, tokens
from app.domain.hash_chain import START, hash_of
from app.ledger.entries import COMMAND_LINE, Author, entry_content
from tests.conftest import NOW
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


def fill(url: str) -> None:
    """A register with tokens, under a seal."""
    seed(url)

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


TAMPERINGS: Mapping[str, Tampering] = {
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


def test_nothing_else_is_named(report: Report) -> None:
    assert report.named == set().union(*report.expected.values())


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
