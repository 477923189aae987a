"""Example dossiers of the demonstration for the rules since 2026, at the counter of one commune."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from app.catalogue.cache import Reference, load
from app.catalogue.exclusion import shared_guard
from app.catalogue.procedures import create_procedure
from app.catalogue.schemas import ProcedureIn
from app.database import Database
from app.domain.actions import Action
from app.domain.localtime import at_minute, local_date
from app.dossiers.rows import Particulars
from app.ledger.entries import COMMAND_LINE
from app.loading.bulk.history import Act, History, HistoryBuilder, write

CLIENT = "demo"
# From then on the examples have some weeks of the rules behind them.
SINCE = date(2026, 9, 1)
_OTHER_COMMUNE = "20908"
_LAW = "Văn bản của ngành (ví dụ)"
_PROCEDURE: Mapping[str, Any] = {
    "code": "9.999001",
    "name": "Thủ tục ví dụ về thời hạn theo quy định từ năm 2026",
    "field": "Hộ tịch",
    "level": "commune",
    "catalogue": 1,
    "versions": [
        {
            "effective_from": "2026-08-05",
            "limits": {"counter": {"amount": 5, "unit": "working_day"}},
            "rules": {
                "cut_off": {"time": "15:00"},
                "conditions": [{"code": "verification", "name": "Cần xác minh", "days": 2, "legal_basis": _LAW}],
                "supplement_within": {"amount": 7, "unit": "working_day"},
                "outage_suspends": True,
            },
        }
    ],
}
_APPLICANT = {
    "kind": "person",
    "name": "Hồ Thị Mai",
    "identity_kind": "citizen",
    "identity_number": "049190004321",
    "phone": "0905000111",
    "email": None,
    "address": "Thôn 3",
    "commune_text": None,
}
_AGENT = {
    "name": "Đinh Văn Nam",
    "identity_kind": "citizen",
    "identity_number": "049080005678",
    "phone": "0905000222",
    "authority_kind": "written",
    "authority": "Giấy ủy quyền ngày nộp hồ sơ",
}


class _Step(NamedTuple):
    """An act some working days before today, at a local minute of the day."""

    days_ago: int
    minute: int
    action: Action
    inputs: Mapping[str, Any] = {}
    words: Mapping[str, Any] = {}


async def add_examples(database: Database, commune: str, now: datetime) -> dict[str, str]:
    """Adds the procedure and one dossier for each rule, and returns their codes; none before the rules hold."""
    if local_date(now) < SINCE:
        return {}
    async with database.writing() as connection:
        reference, _procedure = await create_procedure(
            connection, ProcedureIn.model_validate(_PROCEDURE), COMMAND_LINE, now
        )
    async with database.writing() as connection:
        await shared_guard(connection)
        reference = await load(connection)
        examples = dict(_examples(reference, local_date(now)))
        histories = [_history(reference, commune, steps, now) for steps in examples.values()]
        return dict(zip(examples, await write(connection, histories, now), strict=True))


def _examples(reference: Reference, today: date) -> Iterator[tuple[str, list[_Step]]]:
    other = reference.unit(_OTHER_COMMUNE, today).id
    promised = reference.calendar.add_working_days(today, 5).isoformat()
    begin, end = (at_minute(_day(reference, today, days), minute) for days, minute in ((3, 480), (2, 600)))
    span = {"from": begin.isoformat(), "to": end.isoformat(), "notice": "12/TB-VNPT"}
    receive, take = Action.RECEIVE, Action.TAKE
    yield "another area", [_Step(1, 540, receive, {"responsible_unit": other, "another_area": True})]
    yield "cut-off", [_Step(1, 930, receive)]
    yield (
        "condition",
        [
            _Step(3, 510, receive),
            _Step(3, 540, take),
            _Step(2, 600, Action.APPLY_CONDITION, {"condition": "verification"}, {"legal_basis": _LAW}),
        ],
    )
    yield (
        "answer time",
        [
            _Step(2, 510, receive),
            _Step(2, 540, take),
            _Step(2, 600, Action.REQUEST_SUPPLEMENT, {}, {"reason": "Thiếu bản chính giấy khai sinh"}),
        ],
    )
    yield "outage", [_Step(4, 510, receive), _Step(2, 630, Action.OUTAGE, span)]
    reason = {"reason": "Cơ quan phối hợp trả lời chậm"}
    yield (
        "apology",
        [
            _Step(6, 510, receive),
            _Step(6, 540, take),
            _Step(3, 600, Action.RESCHEDULE, {"promised_date": promised}, reason),
        ],
    )
    yield "handed in", [_Step(1, 510, receive, {}, {"handed_in_by": _AGENT})]


def _day(reference: Reference, today: date, days_ago: int) -> date:
    day = today
    for _ in range(days_ago):
        day = reference.calendar.previous_working_day(day)
    return day


def _history(reference: Reference, commune: str, steps: list[_Step], now: datetime) -> History:
    today = local_date(now)
    unit, procedure = reference.unit(commune, today), reference.procedure(_PROCEDURE["code"])
    receipt = {"procedure": procedure.id, "channel": "counter", "receiving_unit": unit.id, "responsible_unit": unit.id}
    moments = [at_minute(_day(reference, today, step.days_ago), step.minute) for step in steps]
    received = moments[0]
    law = reference.law(reference.version_on(procedure, local_date(received)).id, unit.id, received)
    builder = HistoryBuilder(reference, CLIENT)
    for step, at in zip(steps, moments, strict=True):
        inputs = {**receipt, **step.inputs} if step.action is Action.RECEIVE else step.inputs
        builder.add(Act(step.action, at, unit.id, inputs, step.words, "Trần Văn Minh"), law, at)
    return History(
        procedure_id=procedure.id,
        about=Particulars({**_APPLICANT, "commune_unit_id": unit.id}, summary=procedure.name),
        recorded=builder.recorded,
        states=builder.states,
        agency=unit.agency_identifier,
        day=local_date(received),
        officer="Trần Văn Minh",
    )
