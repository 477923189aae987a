"""How far back an event may be recorded without a supervisor: working hours of the unit that records."""

from datetime import datetime, timedelta

import pytest

from app.domain.actions import Action, ActionRequest
from app.domain.backdating import BackdatingWindow
from app.domain.calendar import DEFAULT_SESSIONS
from app.domain.errors import NotAllowed
from tests.support.calendars import OFFICIAL
from tests.support.journals import at

WINDOW = BackdatingWindow(timedelta(hours=24), OFFICIAL, DEFAULT_SESSIONS)
# Monday at nine, and the last minute of the window: three working days of eight hours.
EVENT, LAST, LATER = (at(f"2021-08-{time}") for time in ("16 09:00", "19 09:00", "19 09:01"))


def request(recorded: datetime, *texts: str, supervisor: bool = False, imported: bool = False) -> ActionRequest:
    return ActionRequest(
        Action.TAKE, EVENT, recorded, {}, texts=frozenset(texts), supervisor=supervisor, imported=imported
    )


@pytest.mark.parametrize(
    "allowed",
    [
        request(LAST),
        request(LATER, "reason", supervisor=True),
        request(LATER, "note", supervisor=True),
        request(LATER, imported=True),
    ],
)
def test_an_event_within_the_window_or_explained_by_a_supervisor_is_recorded(allowed: ActionRequest) -> None:
    WINDOW.require(allowed)


@pytest.mark.parametrize("refused", [request(LATER), request(LATER, "reason"), request(LATER, supervisor=True)])
def test_further_back_than_the_window_needs_a_supervisor_and_a_reason(refused: ActionRequest) -> None:
    with pytest.raises(NotAllowed) as refusal:
        WINDOW.require(refused)
    assert refusal.value.code == "too_far_back"


def test_days_off_do_not_use_up_the_window() -> None:
    friday, wednesday = at("2021-08-13 16:59"), at("2021-08-18 16:00")

    assert WINDOW.includes(friday, wednesday)
    assert not WINDOW.includes(friday, at("2021-08-18 17:00"))
