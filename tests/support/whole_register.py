"""A small register with rows in nearly every table, and changes of single columns of them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Table, Text, insert, select, update
from sqlalchemy.exc import DBAPIError, StatementError

from app.audit.seals.service import seal
from app.database import Database, Instant, Json, LocalDate
from app.database.readiness import admit_keys
from app.database.tables import entries, outbox_events, pending_increments, reform_dossiers
from app.loading.simulation.service import simulate
from app.loading.simulation.timing import Rates
from app.operations.purge.service import purge
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, HOA, act, guardianship
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.owner import behind_the_back
from tests.support.reference import seed

# Nothing listens there: messages stay pending.
_MAIL = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "motcua@example.vn", "outbox_worker": False}
_CONTACT = {"unit": "20899", "role": "unit", "channel": "email", "address": "mot-cua@tra-my.example.vn"}
_SCORES = [
    {"rate": rate, "kind": "commune", "full_points": 2.0, "full_from": 0.99, "threshold": 0.85}
    for rate in ("finished", "due")
]
_WEEK = [{"weekday": day, "from": "07:30", "to": "17:00", "reception_only": False} for day in range(1, 6)]


def fill(url: str) -> None:
    """Rows of every kind that the service writes in some days, under two seals. The counts of many are pending."""
    seed(url)

    async def history(database: Database) -> None:
        first, last = date(2020, 3, 1), date(2020, 4, 30)
        await simulate(database, dossiers=240, start=first, end=last, seed=5, now=NOW, rates=Rates(rated=0.4))
        await admit_keys(database)
        await purge(database, NOW, datetime(2020, 3, 20, tzinfo=UTC))
        await seal(database, NOW)

    in_database(url, history)
    with Client(url, NOW, **_MAIL) as client:
        _work(client)
    in_database(url, lambda database: seal(database, NOW + timedelta(days=4)))
    behind_the_back(url, _add)


def _work(client: Client) -> None:
    administrator, supervisor = client.token("administrator"), client.token("supervisor", client="lãnh đạo")
    for method, path, body in (
        ("POST", "/api/v1/contacts", _CONTACT),
        ("POST", "/api/v1/webhooks", {"url": "https://mot.example/a", "unit": "20899"}),
        ("PUT", "/api/v1/statistics/score-table", {"decision": "12/QĐ-UBND", "rules": _SCORES}),
        ("PATCH", "/api/v1/units/17", {"sessions": _WEEK}),
    ):
        answer = client.request(method, path, json=body, token=administrator)
        assert answer.is_success, answer.text
    _people(client, administrator)
    codes = []
    for number in range(16):
        body = guardianship(
            external=[{"system": "dvcqg", "code": f"G-{number}"}], applicant={**HOA, "email": "hoa@example.vn"}
        )
        headers = {"Idempotency-Key": f"key-{number}"}
        answer = client.post(DOSSIERS, body, token=supervisor, headers=headers)
        assert answer.status_code == 201, answer.text
        codes.append(answer.json()["code"])
        assert client.patch(
            f"{DOSSIERS}/{codes[-1]}", json={"external": [{"system": "dvcqg", "code": f"H-{number}"}]}, token=supervisor
        ).is_success
    act(client, supervisor, codes[0], "take")
    client.now = NOW + timedelta(days=3)
    client.work_off()
    client.get(f"{DOSSIERS}/{codes[0]}", token=supervisor)


def _people(client: Client, administrator: str) -> None:
    """People with all that the service keeps of them: an address, several roles, a deputy, a state."""
    path, ids = "/api/v1/persons", []
    for number, role in enumerate(("clerk", "officer", "supervisor")):
        body = {
            "account": f"can-bo-{number}",
            "name": f"Cán Bộ {number}",
            "email": f"can-bo-{number}@example.vn",
            "issuer_subject": f"sub-{number}",
            "roles": [{"role": role, "unit": "20899", "valid_to": "2030-12-31"}, {"role": "reporter"}],
        }
        answer = client.post(path, body, token=administrator)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
    days = {"from_day": "2021-08-16", "to_day": "2030-08-20"}
    steps: tuple[tuple[str, Mapping[str, Any]], ...] = (
        (f"{ids[0]}/deputies", {**days, "deputy_id": ids[1]}),
        (f"{ids[1]}/deputies", {**days, "deputy_id": ids[0]}),
        (f"{ids[2]}/suspend", {"reason": "absent"}),
    )
    for address, step in steps:
        answer = client.post(f"{path}/{address}", step, token=administrator)
        assert answer.is_success, answer.text


def _add(connection: Connection) -> None:
    """Rows that pass before a test could see them, as the service writes them."""
    places = connection.execute(select(entries.c.dossier_id, entries.c.sequence).limit(4)).all()
    dossier = places[0].dossier_id
    for place in places:
        connection.execute(insert(outbox_events).values(place._asdict()))
    connection.execute(insert(pending_increments).values(size=1, content={}))
    connection.execute(insert(reform_dossiers).values(reform_id=1, dossier_id=dossier, moved=False, effect={}))


# --- Changes ----------------------------------------------------------------------------------------------------------


def changed(connection: Connection, column: Column[Any], where: Mapping[str, Any]) -> Any:
    """Gives the column another value in the row with the key `where`, and returns it; None if every one is refused."""
    table = column.table
    assert isinstance(table, Table)
    key = [table.c[name] == value for name, value in where.items()]
    value = connection.execute(select(column).where(*key)).scalar_one()
    for other in (*_others(column, value), *connection.scalars(select(column).distinct().limit(20))):
        if other == value or other is None:
            continue
        try:
            with connection.begin_nested():
                if connection.execute(update(table).where(*key).values({column.name: other})).rowcount == 1:
                    return other
        except (DBAPIError, StatementError):
            continue
    return None


def _others(column: Column[Any], value: Any) -> Iterator[Any]:
    kind = column.type
    if column.name == "dossier_id":
        yield 990_001  # not the next dossier, which has a change of its own
    elif isinstance(kind, Boolean):
        yield not value
    elif isinstance(kind, Instant | LocalDate):
        yield (value or (NOW if isinstance(kind, Instant) else NOW.date())) + timedelta(days=1)
    elif isinstance(kind, Json):
        yield [*value, *(value[:1] or ["x"])] if isinstance(value, list) else {**(value or {}), "x": 1}
    elif isinstance(kind, Integer):
        yield from ((value or 0) + 1, 990_001)
    elif isinstance(kind, Text):
        yield f"1{value or ''}"
