"""Rows that pass, changed behind the service's back: messages, reminders, stored responses, keys and commands.

All changes are made to one register, each to rows of its own, so one verification must name them all.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Text, delete, func, insert, select, type_coerce, update

from app.audit.verification.service import verify
from app.database import Database
from app.database.tables import (
    dossiers,
    encryption_keys,
    idempotency_responses,
    ledger,
    outbox,
    outbox_events,
    rating_secret,
    ratings,
    reminders,
    schema_compatibility,
)
from app.encryption.key_ring import new_key, parse_key_ring
from app.http.idempotency.responses import body_place
from app.ledger.commands_run import record_command
from tests.conftest import KEYS, NOW
from tests.support.database_access import in_database
from tests.support.databases import Databases, Templates
from tests.support.owner import behind_the_back
from tests.support.whole_register import fill

RING = parse_key_ring(KEYS)


class Finding(NamedTuple):
    """The row and the field of the difference that a change must cause."""

    where: str
    field: str


Tampering = Callable[[Connection], Finding]


def filled_with_commands(url: str) -> None:
    fill(url)

    async def work(database: Database) -> None:
        for name in ("import", "recount", "purge"):
            await record_command(database, name, {}, NOW + timedelta(days=5))

    in_database(url, work)


# --- Messages and reminders -------------------------------------------------------------------------------------------


def copied_message(key: int, field: str, /, *, to_webhook: bool = False, **values: Any) -> Tampering:
    """A copy of a notice, or of a message to a webhook, with other values."""

    def tamper(connection: Connection) -> Finding:
        is_kind = outbox.c.channel == "webhook" if to_webhook else outbox.c.recipient == "applicant"
        row = connection.execute(select(outbox).where(is_kind).order_by(outbox.c.id).limit(1)).mappings().one()
        copy = {**row, "id": key, "occasion": f"{row['occasion']}:{key}", **values}
        connection.execute(insert(outbox).values(**copy))
        return Finding(f"outbox {key}", field)

    return tamper


def a_notice_with_the_code_of_another(connection: Connection) -> Finding:
    code = connection.execute(select(dossiers.c.code).order_by(dossiers.c.id).limit(1)).scalar_one()
    row = connection.execute(select(outbox).where(outbox.c.recipient == "applicant").limit(1)).mappings().one()
    copy = {**row, "id": 808, "occasion": f"{row['occasion']}:808", "data": {**row["data"], "code": code}}
    connection.execute(insert(outbox).values(**copy))
    return Finding("outbox 808", "data.code")


def a_list_of_reminders_that_nobody_raised(connection: Connection) -> Finding:
    row = connection.execute(select(outbox).where(outbox.c.kind == "reminders").limit(1)).mappings().one()
    copy = {**row, "id": 809, "occasion": "reminders:1:9:9", "data": {"reminders": [9_999]}}
    connection.execute(insert(outbox).values(**copy))
    return Finding("outbox 809", "reminders")


def an_event_of_no_entry(connection: Connection) -> Finding:
    connection.execute(insert(outbox_events).values(id=810, dossier_id=1, sequence=999))
    return Finding("outbox_events 810", "entry")


def copied_reminder(key: int, field: str, /, **values: Any) -> Tampering:
    def tamper(connection: Connection) -> Finding:
        row = connection.execute(select(reminders).order_by(reminders.c.id).limit(1)).mappings().one()
        connection.execute(insert(reminders).values(**{**row, "id": key, **values}))
        return Finding(f"reminders {key}", field)

    return tamper


# --- Stored responses -------------------------------------------------------------------------------------------------


def stored(connection: Connection, key: str, body: str, field: str) -> Finding:
    row = {"id": key, "fingerprint": "0", "status": 201, "headers": {}, "expires_at": NOW + timedelta(days=9)}
    connection.execute(insert(idempotency_responses).values(**row, body=body))
    return Finding(f"idempotency_responses {key[:12]}", field)


def a_response_without_a_key(connection: Connection) -> Finding:
    return stored(connection, "a" * 64, '{"code": "x"}', "body")


def a_response_with_another_key(connection: Connection) -> Finding:
    other = parse_key_ring(new_key())
    return stored(connection, "b" * 64, other.encrypt("{}", body_place("b" * 64)), "body")


def a_response_of_another_place(connection: Connection) -> Finding:
    body = connection.execute(select(idempotency_responses.c.body).limit(1)).scalar_one()
    return stored(connection, "c" * 64, body, "body")


def a_response_of_no_dossier(connection: Connection) -> Finding:
    body = json.dumps({"code": "000.01.15.H47-210816-9999", "version": 1})
    return stored(connection, "d" * 64, RING.encrypt(body, body_place("d" * 64)), "dossier")


def a_response_of_a_version_to_come(connection: Connection) -> Finding:
    code = connection.execute(select(dossiers.c.code).limit(1)).scalar_one()
    body = json.dumps({"code": code, "version": 99})
    return stored(connection, "e" * 64, RING.encrypt(body, body_place("e" * 64)), "dossier")


# --- Keys, the schema's own table, ratings, commands ------------------------------------------------------------------


def a_key_inserted(connection: Connection) -> Finding:
    connection.execute(insert(encryption_keys).values(id="mine", check="0" * 32))
    return Finding("encryption_keys mine", "check")


def another_key_under_the_same_id(connection: Connection) -> Finding:
    connection.execute(update(encryption_keys).where(encryption_keys.c.id == "tests").values(check="0" * 32))
    return Finding("encryption_keys tests", "check")


def the_secret_of_ratings_replaced(connection: Connection) -> Finding:
    connection.execute(update(rating_secret).values(encrypted=parse_key_ring(new_key()).encrypt("00" * 32, "x")))
    return Finding("rating_secret", "encrypted")


def an_older_code_allowed(connection: Connection) -> Finding:
    change = update(schema_compatibility).where(schema_compatibility.c.revision == "0038")
    connection.execute(change.values(oldest_code="0001"))
    return Finding("schema_compatibility 0038", "oldest_code")


def a_line_of_the_schema_removed(connection: Connection) -> Finding:
    connection.execute(delete(schema_compatibility).where(schema_compatibility.c.revision == "0039"))
    return Finding("schema_compatibility 0039", "oldest_code")


def a_schema_of_the_future(connection: Connection) -> Finding:
    connection.execute(insert(schema_compatibility).values(revision="9999", oldest_code="0001"))
    return Finding("schema_compatibility 9999", "oldest_code")


def forty_five_stars(connection: Connection) -> Finding:
    free = select(dossiers.c.id).where(dossiers.c.id.not_in(select(ratings.c.dossier_id))).order_by(dossiers.c.id)
    ids = list(connection.scalars(free.limit(40)))
    for dossier in ids:
        connection.execute(insert(ratings).values(dossier_id=dossier, rated_at=NOW, score=5))
    return Finding(f"ratings {ids[39]}", "row")


def of_command(connection: Connection, name: str) -> int:
    is_command = ledger.c.subject == "command", type_coerce(ledger.c.data, Text()).like(f'%"{name}"%')
    return int(connection.execute(select(func.max(ledger.c.number)).where(*is_command)).scalar_one())


def a_command_removed(connection: Connection) -> Finding:
    connection.execute(delete(ledger).where(ledger.c.number == of_command(connection, "recount")))
    return Finding("ledger", "entry")


def a_command_made_another(connection: Connection) -> Finding:
    number = of_command(connection, "import")
    connection.execute(update(ledger).where(ledger.c.number == number).values(data={"command": "seal"}))
    return Finding("ledger", "hash")


TAMPERINGS: Mapping[str, Tampering] = {
    "a notice of no entry": copied_message(801, "entry", sequence=999),
    "a notice of another entry": copied_message(802, "occasion", occasion="notice:1:1:802"),
    "a notice to nobody": copied_message(803, "recipient", recipient="contact:77"),
    "a notice before its entry": copied_message(804, "created_at", created_at=NOW - timedelta(days=900)),
    "a notice in another stream": copied_message(805, "stream", stream="applicant:1"),
    "a notice of no dossier": copied_message(811, "dossier_id", dossier_id=None),
    "a webhook's message to no webhook": copied_message(806, "recipient", to_webhook=True, recipient="77"),
    "a webhook's message of another kind": copied_message(807, "kind", to_webhook=True, kind="dossier.finish"),
    "a notice with the code of another": a_notice_with_the_code_of_another,
    "a list of reminders that nobody raised": a_list_of_reminders_that_nobody_raised,
    "an event of no entry": an_event_of_no_entry,
    "a reminder of a date that the dossier never had": copied_reminder(821, "occasion", occasion="2019-01-01"),
    "a reminder of an instant without an entry": copied_reminder(
        822, "occasion", kind="not_taken", occasion="2021-08-16T01:31:13+00:00"
    ),
    "a reminder of no kind": copied_reminder(823, "kind", kind="mine"),
    "a reminder before its dossier": copied_reminder(
        824, "raised_at", kind="due_soon", raised_at=NOW - timedelta(days=900)
    ),
    "a reminder of another dossier": copied_reminder(825, "occasion", dossier_id=1),
    "a response without a key": a_response_without_a_key,
    "a response with another key": a_response_with_another_key,
    "a response of another place": a_response_of_another_place,
    "a response of no dossier": a_response_of_no_dossier,
    "a response of a version to come": a_response_of_a_version_to_come,
    "a key inserted": a_key_inserted,
    "another key under the same id": another_key_under_the_same_id,
    "the secret of ratings replaced": the_secret_of_ratings_replaced,
    "an older code allowed": an_older_code_allowed,
    "a line of the schema removed": a_line_of_the_schema_removed,
    "a schema of the future": a_schema_of_the_future,
    "forty times five stars": forty_five_stars,
    "a command removed": a_command_removed,
    "a command made another": a_command_made_another,
}


@pytest.fixture(scope="module")
def report(databases: Databases, templates: Templates) -> Iterator[tuple[Mapping[str, Finding], set[Finding]]]:
    """What each change must cause, and what the verification named."""
    url = databases.create(templates.prepared_by(filled_with_commands))
    expected: dict[str, Finding] = {}

    def tamper(connection: Connection) -> None:
        for name, tampering in TAMPERINGS.items():
            expected[name] = tampering(connection)

    behind_the_back(url, tamper)
    yield expected, {Finding(item.dossier, item.field) for item in in_database(url, verify)}
    databases.drop(url)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_change_is_named(report: tuple[Mapping[str, Finding], set[Finding]], name: str) -> None:
    expected, named = report
    assert expected[name] in named
