"""The reminders of the caller's units: what they are about, that somebody knows, and when to tell them again."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Response

from app.domain.errors import NotFound
from app.notifications.reminders.schemas import ReminderOut
from app.web.counter.api_client import Refusal
from app.web.counter.forms import Form, moment
from app.web.counter.labels import ANSWERS, REMINDER_STATES, SNOOZE_REASONS
from app.web.counter.refusals import refused
from app.web.counter.responses import redirect_to
from app.web.counter.sign_in import officer_of
from app.web.counter.visit import DONE, Visit, form_route, page_route
from app.web.public.parameters import given

router = APIRouter()

_PATH = "reminders"


async def _page(visit: Visit, form: Form, refusal: Refusal | None = None) -> Response:
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
        "form": form,
        **refused(refusal, visit.language),
    }
    return await visit.page("counter-reminders.html", facts, refusal.status if refusal else 200)


@router.get("/reminders")
@page_route
async def reminders(visit: Visit) -> Response:
    """The reminders of the units, in one state."""
    return await _page(visit, {})


@router.post("/reminders")
@form_route(_page)
async def answer(visit: Visit, form: Form) -> Response:
    """Acknowledges a reminder or puts it off, as it was shown."""
    action, number = form.get("action", ""), form.get("reminder", "")
    if action not in ANSWERS:
        raise NotFound("no_such_path", "There is no such action.")
    await visit.interface.post(
        _PATH, number, action, body=_body(action, form), version=form.get("version"), key=form.get("key")
    )
    return redirect_to(visit.request, _PATH, query=f"{DONE}={action}")


def _body(action: str, form: Form) -> dict[str, Any]:
    if action == "acknowledge":
        return {"officer": form["officer"]} if "officer" in form else {}
    body: dict[str, Any] = {name: form[name] for name in ("snooze_reason",) if name in form}
    return {**body, "until": moment(form["until"])} if "until" in form else body


def _told(reminder: ReminderOut) -> Mapping[str, Any]:
    """With the date that it is about, or since when it is so, and a key under which it is answered once."""
    is_date = len(reminder.occasion) == len("YYYY-MM-DD")
    when = date.fromisoformat(reminder.occasion) if is_date else datetime.fromisoformat(reminder.occasion)
    return {"about": reminder, "when": when, "is_date": is_date, "key": secrets.token_urlsafe(16)}
