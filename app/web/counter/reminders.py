"""The reminders of the caller's units: what they are about, that somebody knows, and when to tell them again."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Response

from app.domain.errors import NotFound
from app.notifications.reminders.schemas import ReminderOut
from app.web.counter.api_client import Refusal
from app.web.counter.forms import Form, form_of, moment
from app.web.counter.labels import ANSWERS, REMINDER_STATES, SNOOZE_REASONS
from app.web.counter.refusals import refused
from app.web.counter.sign_in import officer_of
from app.web.counter.visit import DONE, Visit, moved, visited
from app.web.public.parameters import given

router = APIRouter()

_PATH = "reminders"


@router.get("/reminders")
@visited
async def reminders(visit: Visit) -> Response:
    """What the units are reminded of, in one state."""
    return await _page(visit)


@router.post("/reminders")
@visited
async def answer(visit: Visit) -> Response:
    """Acknowledges one or puts it off, as it was shown."""
    form = await form_of(visit.request)
    action, number = form.get("action", ""), form.get("reminder", "")
    if action not in ANSWERS:
        raise NotFound("no_such_path", "There is no such action.")
    try:
        await visit.interface.post(
            _PATH, number, action, body=_body(action, form), version=form.get("version"), key=form.get("key")
        )
    except Refusal as refusal:
        if refusal.status not in (403, 404, 409, 412, 422):
            raise
        return await _page(visit, form, refusal)
    return moved(visit.request, _PATH, query=f"{DONE}={action}")


def _body(action: str, form: Form) -> dict[str, Any]:
    if action == "acknowledge":
        return {"officer": form["officer"]} if "officer" in form else {}
    body: dict[str, Any] = {name: form[name] for name in ("snooze_reason",) if name in form}
    return {**body, "until": moment(form["until"])} if "until" in form else body


async def _page(visit: Visit, form: Form | None = None, refusal: Refusal | None = None) -> Response:
    asked = given(visit.request, "state", "cursor", DONE)
    state = asked["state"] if asked.get("state") in REMINDER_STATES else "current"
    page = await visit.interface.get(_PATH, state=state, limit="50", cursor=asked.get("cursor"))
    facts = {
        "states": list(REMINDER_STATES),
        "shown": state,
        "reminders": [_told(ReminderOut.model_validate(one)) for one in page["items"]],
        "following": page["next_cursor"],
        "is_first": "cursor" not in asked,
        "done": asked[DONE] if asked.get(DONE) in ANSWERS else "",
        "officer": officer_of(visit.request),
        "reasons": list(SNOOZE_REASONS),
        "form": form or {},
        **refused(refusal, visit.language),
    }
    return await visit.page("counter-reminders.html", facts, refusal.status if refusal else 200)


def _told(reminder: ReminderOut) -> Mapping[str, Any]:
    """With the date that it is about, or since when it is so, and a key under which it is answered once."""
    is_date = len(reminder.occasion) == len("YYYY-MM-DD")
    when = date.fromisoformat(reminder.occasion) if is_date else datetime.fromisoformat(reminder.occasion)
    return {"about": reminder, "when": when, "is_date": is_date, "key": secrets.token_urlsafe(16)}
