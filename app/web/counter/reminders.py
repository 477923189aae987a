"""The reminders of the caller's units: a list by state, and the forms to acknowledge or snooze one."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Response

from app.domain.errors import NotFound
from app.notifications.reminders.schemas import ReminderOut
from app.web.counter.addresses import redirect_to
from app.web.counter.officer import officer_of
from app.web.public.parameters import query_fields
from app.web.staff.api_client import Refusal
from app.web.staff.forms import Form, moment
from app.web.staff.labels import ANSWERS, REMINDER_STATES, SNOOZE_REASONS
from app.web.staff.refusals import form_facts
from app.web.staff.visit import DONE, Visit, form_route, page_route

router = APIRouter()

_PATH = "reminders"


async def _page(visit: Visit, form: Form, refusal: Refusal | None = None) -> Response:
    query = query_fields(visit.request, "state", "cursor", DONE)
    state = query["state"] if query.get("state") in REMINDER_STATES else "current"
    page = await visit.api.get(_PATH, state=state, limit="50", cursor=query.get("cursor"))
    facts = {
        "states": list(REMINDER_STATES),
        "current": state,
        "reminders": [_reminder_facts(ReminderOut.model_validate(item)) for item in page["items"]],
        "following": page["next_cursor"],
        "is_first": "cursor" not in query,
        "done": query[DONE] if query.get(DONE) in ANSWERS else "",
        "officer": officer_of(visit.request),
        "reasons": list(SNOOZE_REASONS),
        "form": form,
        **form_facts(refusal, visit.language),
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
    """Acknowledges or snoozes a reminder in the version that was shown."""
    action, number = form.get("action", ""), form.get("reminder", "")
    if action not in ANSWERS:
        raise NotFound("no_such_path", "There is no such action.")
    await visit.api.post(
        _PATH, number, action, body=_body(action, form), version=form.get("version"), key=form.get("key")
    )
    return redirect_to(visit.request, _PATH, query=f"{DONE}={action}")


def _body(action: str, form: Form) -> dict[str, Any]:
    if action == "acknowledge":
        return {"officer": form["officer"]} if "officer" in form else {}
    body: dict[str, Any] = {name: form[name] for name in ("snooze_reason",) if name in form}
    return {**body, "until": moment(form["until"])} if "until" in form else body


def _reminder_facts(reminder: ReminderOut) -> Mapping[str, Any]:
    """The reminder with its date or instant, and a key for one answer even if the form is sent twice."""
    is_date = len(reminder.occasion) == len("YYYY-MM-DD")
    when = date.fromisoformat(reminder.occasion) if is_date else datetime.fromisoformat(reminder.occasion)
    return {"about": reminder, "when": when, "is_date": is_date, "key": secrets.token_urlsafe(16)}
