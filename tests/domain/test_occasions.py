"""Occasions of reminders: each on its day, and none for finished work."""

import pytest

from app.domain.calendar import DEFAULT_SESSIONS
from app.domain.lifecycle import Action
from app.domain.occasions import Occasion, Thresholds, WorkingMoment, occasions
from app.domain.state import DossierState
from tests.support.calendars import OFFICIAL
from tests.support.journals import COMMUNE, OFFICE, Life, at

# Received on Monday 16 August 2021 under five working days: due on Monday the 23rd.


def units_to_remind(state: DossierState, when: str, **thresholds: int | None) -> dict[Occasion, int]:
    """The occasions at an instant, with the unit that has to act."""
    moment = WorkingMoment(at(when), OFFICIAL, DEFAULT_SESSIONS)
    return {reminder.occasion: reminder.unit for reminder in occasions(state, moment, Thresholds(**thresholds))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2021-08-18 09:00", set()),
        ("2021-08-19 07:00", {Occasion.DUE_SOON}),
        ("2021-08-20 07:00", {Occasion.DUE_SOON, Occasion.APOLOGY_OWED}),
        ("2021-08-23 16:59", {Occasion.DUE_TODAY}),
        ("2021-08-24 00:00", {Occasion.OVERDUE}),
    ],
)
def test_a_deadline_comes_nearer_day_by_day(when: str, expected: set[Occasion]) -> None:
    assert set(units_to_remind(Life().begin(), when, idle_days=99)) == expected


def test_the_holder_has_to_act() -> None:
    life = Life()
    life.begin()
    state = life.act(Action.FORWARD, "2021-08-16 09:00", {"to_unit": OFFICE})
    assert units_to_remind(state, "2021-08-16 10:00", not_taken_hours=2) == {}
    assert units_to_remind(state, "2021-08-16 11:00", not_taken_hours=2) == {Occasion.NOT_TAKEN: OFFICE}
    assert units_to_remind(life.act(Action.TAKE, "2021-08-16 11:00"), "2021-08-16 11:00", not_taken_hours=2) == {}


def test_soon_is_counted_in_hours_or_per_cent_of_the_limit_too() -> None:
    state = Life().begin()
    # 32 of its 46.5 working hours are between Wednesday's opening and the end of Monday the 23rd.
    only: dict[str, int | None] = {"soon_days": None, "idle_days": 99}
    assert set(units_to_remind(state, "2021-08-18 07:00", **only, soon_hours=31)) == set()
    assert set(units_to_remind(state, "2021-08-18 07:00", **only, soon_hours=32)) == {Occasion.DUE_SOON}
    assert set(units_to_remind(state, "2021-08-18 07:00", **only, soon_percent=69)) == {Occasion.DUE_SOON}
    assert set(units_to_remind(state, "2021-08-18 07:00", **only, soon_percent=68)) == set()


def test_time_without_movement_is_counted_in_working_days() -> None:
    state = Life().begin()
    assert Occasion.NO_MOVEMENT not in units_to_remind(state, "2021-08-20 16:00", idle_days=5)
    assert units_to_remind(state, "2021-08-23 07:00", idle_days=5)[Occasion.NO_MOVEMENT] == COMMUNE


def test_while_it_waits_only_the_waiting_counts() -> None:
    life = Life()
    life.begin()
    life.act(Action.TAKE, "2021-08-16 09:00")
    state = life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
    assert units_to_remind(state, "2021-08-24 09:00", idle_days=1) == {}
    assert set(units_to_remind(state, "2021-09-08 09:00", idle_days=1)) == {Occasion.SUSPENDED_LONG}


def test_a_finished_dossier_is_only_to_be_collected_and_a_returned_one_gives_no_reminder() -> None:
    life = Life()
    life.begin()
    life.act(Action.TAKE, "2021-08-16 09:00")
    state = life.act(Action.FINISH, "2021-08-17 09:00", {"outcome": "granted"})
    assert units_to_remind(state, "2021-08-23 09:00") == {}
    assert units_to_remind(state, "2021-08-24 09:00") == {Occasion.NOT_COLLECTED: COMMUNE}
    assert units_to_remind(life.act(Action.RETURN, "2021-08-24 10:00", {"how": "counter"}), "2021-09-24 09:00") == {}


def test_an_apology_that_was_sent_is_not_owed() -> None:
    life = Life()
    life.begin()
    life.act(Action.TAKE, "2021-08-16 09:00")
    state = life.act(Action.RESCHEDULE, "2021-08-19 09:00", {"promised_date": "2021-08-30"})
    assert Occasion.APOLOGY_OWED not in units_to_remind(state, "2021-08-20 07:00")


# Due on Monday 23 August 2021, promised for Monday the 30th.
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2021-08-26 16:00", set()),
        ("2021-08-27 07:00", {Occasion.PROMISE_SOON}),
        ("2021-08-29 09:00", {Occasion.PROMISE_SOON}),
        ("2021-08-30 07:00", {Occasion.PROMISE_TODAY}),
        ("2021-08-31 00:00", {Occasion.PROMISE_PASSED}),
        ("2021-09-07 09:00", {Occasion.PROMISE_PASSED}),
    ],
)
def test_a_promise_is_watched_before_on_and_after_its_day(when: str, expected: set[Occasion]) -> None:
    life = Life()
    life.begin()
    state = life.act(Action.RESCHEDULE, "2021-08-23 09:00", {"promised_date": "2021-08-30"})
    assert set(units_to_remind(state, when, idle_days=99)) - {Occasion.OVERDUE} == expected
    done = life.act(Action.FINISH, "2021-08-24 09:00", {"outcome": "granted"})
    assert not set(units_to_remind(done, when, collect_days=99))


def test_a_promise_waits_during_a_suspension_that_counts() -> None:
    life = Life()
    life.begin()
    life.act(Action.RESCHEDULE, "2021-08-20 09:00", {"promised_date": "2021-08-30"})
    state = life.act(Action.REQUEST_SUPPLEMENT, "2021-08-20 10:00")
    assert units_to_remind(state, "2021-08-30 09:00") == {}
    life = Life()
    life.begin()
    life.act(Action.RESCHEDULE, "2021-08-20 09:00", {"promised_date": "2021-08-30"})
    late = life.act(Action.REQUEST_SUPPLEMENT, "2021-08-24 10:00")
    assert Occasion.PROMISE_TODAY in units_to_remind(late, "2021-08-30 09:00")
