"""The look-up by hand: one statement, one model, the same response."""

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
from benchmarks.by_hand.records import Memory, StoredDossier

_CODE = re.compile(r"[0-9A-Z.]{4,30}-[0-9]{6}-[0-9]{4,9}")


async def look_up(request: Request, code: Typed) -> Response:
    """The route of a look-up."""
    normalised = code.strip().upper()
    dossier = await request.app.state.store.look_up(normalised) if _CODE.fullmatch(normalised) else None
    if dossier is None:
        raise HTTPException(404)
    answer = _answer(request.app.state.memory, dossier, datetime.now(UTC))
    return Response(answer.model_dump_json(), media_type="application/json")


def _answer(memory: Memory, dossier: StoredDossier, now: datetime) -> LookupOut:
    wait = json.loads(dossier.details)["waits"][-1] if dossier.clock == "suspended" else None
    overdue = dossier.open and dossier.overdue_from is not None and dossier.overdue_from <= now
    return LookupOut(
        code=dossier.code,
        procedure=memory.procedures[dossier.procedure_id, dossier.procedure_version_id],
        status=dossier.status,
        status_text=STATUS[Status(dossier.status)].vi,
        stage=dossier.stage,
        received_at=dossier.received_at,
        due_date=dossier.due_date,
        promised_date=dossier.promised_date,
        provisional=dossier.provisional,
        due_date_expected=False,
        clock=dossier.clock,
        overdue=overdue,
        finished_at=dossier.finished_at,
        returned_at=dossier.returned_at,
        verdict=dossier.verdict,
        suspended_since=wait and datetime.fromisoformat(wait["start"]),
        suspension_reason=wait and wait["reason"],
        projected_due_date=None,
        apology=_apology(dossier, overdue),
        fee=0,
        fee_outstanding=0,
        holder_unit=memory.units[dossier.holder_unit_id],
        collect_at=memory.counters[dossier.counter_unit_id],
        steps=_steps(memory, dossier),
    )


def _apology(dossier: StoredDossier, overdue: bool) -> str | None:
    if dossier.due_date is None:
        return None
    due = f"{dossier.due_date:%d/%m/%Y}"
    if dossier.open and dossier.promised_date is not None:
        return RESCHEDULED.vi.format(due=due, promised=f"{dossier.promised_date:%d/%m/%Y}")
    if overdue:
        return OVERDUE.vi.format(due=due)
    return FINISHED_LATE.vi.format(due=due) if dossier.verdict == "late" else None


def _steps(memory: Memory, dossier: StoredDossier) -> list[LookupStepOut]:
    return [
        LookupStepOut(
            at=datetime.fromtimestamp(seconds, UTC),
            text=_step(memory, dossier, kind, unit, json.loads(data) if data else {}),
        )
        for kind, seconds, unit, data in json.loads(dossier.journal)
        if kind not in ("correct", "approve-correction", "reject-correction", "particulars")
    ]


def _step(memory: Memory, dossier: StoredDossier, kind: str, unit: int, data: Mapping[str, Any]) -> str:
    if kind == "finish" and data["outcome"] == "refused":
        return REFUSED.vi
    text = STEPS[Action(kind)].vi
    if "{" not in text:
        return text
    promised = data.get("promised_date")
    return text.format(
        counter=memory.names[dossier.receiving_unit_id],
        unit=memory.names[unit],
        to=memory.names.get(data.get("to_unit", 0)),
        gone=memory.names.get(data.get("from_unit", 0)),
        days=data.get("days"),
        promised=promised and f"{date.fromisoformat(promised):%d/%m/%Y}",
    )
