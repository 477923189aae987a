"""Duties with a time, answers in time and outages: a table for review, with the article of each."""

from datetime import date
from typing import Any

import pytest

from app.domain.calendar import DEFAULT_SESSIONS
from app.domain.corrections import redecide
from app.domain.duties import answer_reminded_at, asking_due, hand_on_due
from app.domain.lifecycle import Action, replay
from app.domain.limits import ClockPolicy, LimitUnit, TimeLimit
from app.domain.occasions import EARLIEST, Occasion, WorkingMoment, occasions
from app.domain.state import DossierState, SuspensionReason
from tests.support.calendars import OFFICIAL
from tests.support.journals import COMMUNE, OFFICE, Life, at, law

NOW = "2026-08-05"
THREE_DAYS, SEVEN_DAYS = TimeLimit(3, LimitUnit.WORKING_DAY), TimeLimit(7, LimitUnit.WORKING_DAY)


def received(when: str, *, regime: str = NOW, channel: str = "counter", **special: Any) -> Life:
    life = Life(law(THREE_DAYS, **special))
    life.begin(when, regime=regime, channel=channel)
    return life


def state_of(life: Life) -> DossierState:
    assert life.state is not None
    return life.state


def kinds(life: Life, when: str) -> set[Occasion]:
    moment = WorkingMoment(at(when), OFFICIAL, DEFAULT_SESSIONS)
    return {reminder.occasion for reminder in occasions(state_of(life), moment, EARLIEST)}


# --- Handing on: Decree 118/2025 art. 18.2 as amended by Decree 309/2026 art. 9 ---


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ("2026-09-07 08:30", "2026-09-07 17:00"),  # Monday: the same working day
        ("2026-09-07 15:00", "2026-09-07 17:00"),
        ("2026-09-07 15:01", "2026-09-08 08:00"),  # after 15:00 the first hour of the next working day
        ("2026-09-11 16:00", "2026-09-14 08:00"),
        ("2026-09-12 09:00", "2026-09-14 08:00"),  # received on a Saturday
    ],
)
def test_a_dossier_of_the_counter_is_handed_on_the_same_working_day(when: str, due: str) -> None:
    assert hand_on_due(state_of(received(when)), OFFICIAL, DEFAULT_SESSIONS) == at(due)


def test_a_late_hand_on_is_flagged_and_reminded() -> None:
    life = received("2026-09-07 08:30")
    assert Occasion.HAND_ON_LATE not in kinds(life, "2026-09-07 17:00")
    assert Occasion.HAND_ON_LATE in kinds(life, "2026-09-07 17:01")
    state = life.act(Action.FORWARD, "2026-09-08 09:00", {"to_unit": OFFICE})
    assert "late_hand_on" in state.flags
    assert Occasion.HAND_ON_LATE not in kinds(life, "2026-09-08 10:00")


def test_taking_it_at_the_same_office_is_handing_it_on() -> None:
    assert "late_hand_on" not in received("2026-09-07 08:30").act(Action.TAKE, "2026-09-07 16:59").flags
    assert "late_hand_on" in received("2026-09-07 08:30").act(Action.TAKE, "2026-09-08 07:30").flags


@pytest.mark.parametrize("other", [{"regime": "2025-07-01"}, {"channel": "online"}])
def test_the_duty_is_of_the_counter_and_since_the_decree(other: dict[str, Any]) -> None:
    life = received("2026-09-07 08:30", **other)
    assert hand_on_due(state_of(life), OFFICIAL, DEFAULT_SESSIONS) is None


# --- Asking for papers: 8 working hours online, one working day at the counter ---


@pytest.mark.parametrize(
    ("channel", "due"),
    [("online", "2026-09-08 08:30"), ("counter", "2026-09-08 17:00"), ("postal", "2026-09-08 17:00")],
)
def test_papers_are_asked_for_in_time(channel: str, due: str) -> None:
    life = received("2026-09-07 08:30", channel=channel)
    assert asking_due(state_of(life), OFFICIAL, DEFAULT_SESSIONS) == at(due)


def test_a_late_request_is_flagged() -> None:
    late = received("2026-09-07 08:30", channel="online").act(Action.REQUEST_SUPPLEMENT, "2026-09-08 09:00")
    in_time = received("2026-09-07 08:30", channel="online").act(Action.REQUEST_SUPPLEMENT, "2026-09-08 08:30")
    assert "late_request" in late.flags
    assert "late_request" not in in_time.flags


def test_a_submission_without_a_check_is_reminded() -> None:
    life = Life(law(THREE_DAYS))
    life.begin("2026-09-07 08:30", Action.SUBMIT, regime=NOW, channel="online")
    assert Occasion.ASKING_LATE not in kinds(life, "2026-09-08 08:30")
    assert Occasion.ASKING_LATE in kinds(life, "2026-09-08 08:31")


# --- The time to answer: Decree 301/2026 art. 3.4 (7 working days) ---


def test_the_applicant_has_a_time_to_answer() -> None:
    life = received("2026-09-07 08:30", supplement_within=SEVEN_DAYS)
    state = life.act(Action.REQUEST_SUPPLEMENT, "2026-09-08 09:00")
    assert state.open_wait is not None
    assert state.open_wait.answer_by == at("2026-09-17 17:00")
    assert Occasion.ANSWER_PASSED not in kinds(life, "2026-09-17 16:00")
    assert Occasion.ANSWER_PASSED in kinds(life, "2026-09-18 07:00")
    assert life.act(Action.DISCONTINUE, "2026-09-18 08:00").closed


# The reminder of the applicant: two working days before the end, and after the day of the request (ours, rules §16)
@pytest.mark.parametrize(
    ("asked", "end", "reminded"),
    [
        ("2026-09-08 09:00", "2026-09-17 17:00", "2026-09-15 07:00"),
        ("2026-09-08 09:00", "2026-09-14 17:00", "2026-09-10 07:00"),  # a Monday: the days off do not count
        ("2026-08-25 09:00", "2026-09-03 17:00", "2026-08-27 07:00"),  # after the National Day
        ("2026-09-08 09:00", "2026-09-11 17:00", "2026-09-09 07:00"),
        ("2026-09-08 06:00", "2026-09-10 17:00", None),
    ],
)
def test_the_applicant_is_reminded_two_working_days_before_the_end(asked: str, end: str, reminded: str | None) -> None:
    due = answer_reminded_at(at(asked), at(end), OFFICIAL, DEFAULT_SESSIONS)
    assert due == (at(reminded) if reminded else None)


# --- Outages: Decree 301/2026 art. 3.4 (new art. 4.7 of Decree 63/2024) ---


def outage(life: Life, start: str, end: str, when: str) -> DossierState:
    span = {"from": at(start).isoformat(), "to": at(end).isoformat(), "notice": "12/TB"}
    return life.act(Action.OUTAGE, when, span)


def test_an_outage_leaves_its_days_out() -> None:
    life = received("2026-09-07 08:30", outage_suspends=True)
    state = outage(life, "2026-09-08 08:00", "2026-09-09 15:00", "2026-09-09 16:00")
    assert state.due_date == date(2026, 9, 11)
    assert [wait.reason for wait in state.waits] == [SuspensionReason.OUTAGE]


def test_an_outage_of_hours_moves_a_limit_in_hours_by_its_minutes() -> None:
    life = Life(law(TimeLimit(8, LimitUnit.WORKING_HOUR), outage_suspends=True))
    life.begin("2026-09-07 08:30", regime=NOW)
    state = outage(life, "2026-09-07 09:00", "2026-09-07 10:30", "2026-09-07 11:00")
    assert state.due_at == at("2026-09-08 10:00")


def test_an_outage_after_the_due_date_changes_nothing_of_it() -> None:
    life = received("2026-09-07 08:30", outage_suspends=True)
    state = outage(life, "2026-09-11 08:00", "2026-09-14 15:00", "2026-09-14 16:00")
    assert state.due_date == date(2026, 9, 10)


def test_only_procedures_that_know_outages_are_suspended() -> None:
    life = received("2026-09-07 08:30")
    assert outage(life, "2026-09-08 08:00", "2026-09-09 15:00", "2026-09-09 16:00").waits == ()


def test_an_outage_takes_the_part_outside_other_suspensions() -> None:
    life = received("2026-09-07 08:30", outage_suspends=True)
    life.act(Action.SUSPEND, "2026-09-08 09:00")
    life.act(Action.RESUME, "2026-09-09 09:00")
    state = outage(life, "2026-09-08 12:00", "2026-09-10 12:00", "2026-09-10 13:00")
    assert [(wait.start, wait.end) for wait in state.waits][1] == (at("2026-09-09 09:00"), at("2026-09-10 12:00"))
    assert state.due_date == date(2026, 9, 14)


def test_entries_with_duties_are_decided_the_same_way_again() -> None:
    life = received("2026-09-07 08:30", outage_suspends=True, supplement_within=SEVEN_DAYS)
    life.act(Action.FORWARD, "2026-09-08 09:00", {"to_unit": OFFICE})
    life.act(Action.FORWARD, "2026-09-08 09:30", {"to_unit": COMMUNE})
    outage(life, "2026-09-08 10:00", "2026-09-09 15:00", "2026-09-09 16:00")
    before: DossierState | None = None
    for entry in life.journal:
        assert redecide(entry, before, life.law).data == entry.data
        before = replay(life.journal[: entry.sequence])


def test_an_event_within_an_outage_may_be_recorded_after_it() -> None:
    life = received("2026-09-07 07:30", outage_suspends=True)
    outage(life, "2026-09-07 08:00", "2026-09-08 15:30", "2026-09-08 16:00")
    asked = life.act(Action.REQUEST_SUPPLEMENT, "2026-09-08 10:00", recorded="2026-09-08 16:10")
    assert asked.open_wait is not None
    answered = life.act(Action.SUPPLEMENT, "2026-09-09 10:00")
    # 8 and 9 September do not count: three working days after them.
    assert answered.due_date == date(2026, 9, 14)


def test_an_outage_within_an_open_suspension_changes_nothing() -> None:
    life = Life(law(THREE_DAYS, ClockPolicy.RUN, outage_suspends=True))
    life.begin("2026-09-07 07:30", regime=NOW)
    life.act(Action.REQUEST_SUPPLEMENT, "2026-09-07 07:50")
    state = outage(life, "2026-09-07 08:00", "2026-09-07 15:30", "2026-09-07 16:00")
    assert len(state.waits) == 1


def test_only_the_first_request_for_papers_is_late() -> None:
    life = Life(law(THREE_DAYS))
    life.begin("2026-09-07 08:00", Action.SUBMIT, regime=NOW, channel="online")
    life.act(Action.REQUEST_SUPPLEMENT, "2026-09-07 08:30")
    life.act(Action.SUPPLEMENT, "2026-09-07 09:00")
    life.act(Action.RECEIVE, "2026-09-07 09:30")
    assert "late_request" not in life.act(Action.REQUEST_SUPPLEMENT, "2026-09-10 09:00").flags
