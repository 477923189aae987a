"""The look-up by hand: one statement, one model, the same answer."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from fastapi import HTTPException, Request, Response

from app.domain.lifecycle import Action
from app.domain.state import Status
from app.lookup.routes import Typed
from app.lookup.schemas import LookupOut, LookupStepOut
from app.lookup.texts import FINISHED_LATE, OVERDUE, REFUSED, RESCHEDULED, STATUS, STEPS
from benchmarks.by_hand.records import Found, Memory

_CODE = re.compile(r"[0-9A-Z.]{4,30}-[0-9]{6}-[0-9]{4,9}")


async def look_up(request: Request, code: Typed) -> Response:
    """The route of a look-up."""
    wanted = code.strip().upper()
    found = await request.app.state.store.look_up(wanted) if _CODE.fullmatch(wanted) else None
    if found is None:
        raise HTTPException(404)
    answer = _looked_up(request.app.state.memory, found, datetime.now(UTC))
    return Response(answer.model_dump_json(), media_type="application/json")


def _looked_up(memory: Memory, found: Found, now: datetime) -> LookupOut:
    wait = json.loads(found.details)["waits"][-1] if found.clock == "suspended" else None
    overdue = found.open and found.overdue_from is not None and found.overdue_from <= now
    return LookupOut(
        code=found.code,
        procedure=memory.procedures[found.procedure_id, found.procedure_version_id],
        status=found.status,
        status_text=STATUS[Status(found.status)].vi,
        stage=found.stage,
        received_at=found.received_at,
        due_date=found.due_date,
        promised_date=found.promised_date,
        provisional=found.provisional,
        due_date_expected=False,
        clock=found.clock,
        overdue=overdue,
        finished_at=found.finished_at,
        returned_at=found.returned_at,
        verdict=found.verdict,
        suspended_since=wait and datetime.fromisoformat(wait["start"]),
        suspension_reason=wait and wait["reason"],
        projected_due_date=None,
        apology=_apology(found, overdue),
        holder_unit=memory.units[found.holder_unit_id],
        collect_at=memory.counters[found.counter_unit_id],
        steps=_steps(memory, found),
    )


def _apology(found: Found, overdue: bool) -> str | None:
    if found.due_date is None:
        return None
    due = f"{found.due_date:%d/%m/%Y}"
    if found.open and found.promised_date is not None:
        return RESCHEDULED.vi.format(due=due, promised=f"{found.promised_date:%d/%m/%Y}")
    if overdue:
        return OVERDUE.vi.format(due=due)
    return FINISHED_LATE.vi.format(due=due) if found.verdict == "late" else None


def _steps(memory: Memory, found: Found) -> list[LookupStepOut]:
    return [
        LookupStepOut(
            at=datetime.fromtimestamp(seconds, UTC),
            text=_step(memory, found, kind, unit, json.loads(data) if data else {}),
        )
        for kind, seconds, unit, data in json.loads(found.journal)
        if kind not in ("correct", "approve-correction", "reject-correction", "particulars")
    ]


def _step(memory: Memory, found: Found, kind: str, unit: int, data: Mapping[str, Any]) -> str:
    if kind == "finish" and data["outcome"] == "refused":
        return REFUSED.vi
    text = STEPS[Action(kind)].vi
    if "{" not in text:
        return text
    promised = data.get("promised_date")
    return text.format(
        counter=memory.names[found.receiving_unit_id],
        unit=memory.names[unit],
        to=memory.names.get(data.get("to_unit", 0)),
        gone=memory.names.get(data.get("from_unit", 0)),
        days=data.get("days"),
        promised=promised and f"{date.fromisoformat(promised):%d/%m/%Y}",
    )
