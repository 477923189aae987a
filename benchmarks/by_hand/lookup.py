"""The look-up by hand: one statement, one model, the same response."""

import json
import re
from datetime import UTC, date, datetime

from fastapi import HTTPException, Request, Response

from app.domain.localtime import TZ
from app.domain.state import Status
from app.lookup.routes import Typed
from app.lookup.schemas import LookupOut
from app.lookup.texts import FINISHED_LATE, OVERDUE, RESCHEDULED, STATUS
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
        complete=False,
        procedure=None,
        status=dossier.status,
        status_text=STATUS[Status(dossier.status)].vi,
        stage=dossier.stage,
        received_at=None,
        received_date=_date(dossier.received_at),
        due_date=dossier.due_date,
        promised_date=dossier.promised_date,
        provisional=dossier.provisional,
        due_date_expected=False,
        clock=dossier.clock,
        overdue=overdue,
        finished_at=None,
        finished_date=_date(dossier.finished_at),
        returned_at=None,
        returned_date=_date(dossier.returned_at),
        verdict=dossier.verdict,
        suspended_since=None,
        suspended_date=_date(wait and datetime.fromisoformat(wait["start"])),
        suspension_reason=wait and wait["reason"],
        projected_due_date=None,
        apology=_apology(dossier, overdue),
        fee=None,
        fee_outstanding=None,
        holder_unit=None,
        collect_at=memory.counters[dossier.counter_unit_id],
        steps=None,
    )


def _date(instant: datetime | None) -> date | None:
    return None if instant is None else instant.astimezone(TZ).date()


def _apology(dossier: StoredDossier, overdue: bool) -> str | None:
    if dossier.due_date is None:
        return None
    due = f"{dossier.due_date:%d/%m/%Y}"
    if dossier.open and dossier.promised_date is not None:
        return RESCHEDULED.vi.format(due=due, promised=f"{dossier.promised_date:%d/%m/%Y}")
    if overdue:
        return OVERDUE.vi.format(due=due)
    return FINISHED_LATE.vi.format(due=due) if dossier.verdict == "late" else None
