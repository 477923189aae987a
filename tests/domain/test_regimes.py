"""Clocks of each regime, for review by a lawyer: the day before and the day of each change, with the article beside."""

from datetime import date
from typing import Any

import pytest

from app.domain.calendar import DEFAULT_SESSIONS
from app.domain.corrections import redecide
from app.domain.deadline import compute
from app.domain.errors import Invalid, NotAllowed
from app.domain.lifecycle import Action, Entry, Permissions, Role, allowed_actions, replay
from app.domain.limits import CutOff, LimitUnit, TimeLimit
from app.domain.regimes import FIRST, REGIMES, regime_of, regime_on
from app.domain.state import Clock, DossierState, Status
from app.domain.terms import Condition, LocalLimits, Surcharge
from tests.support.calendars import OFFICIAL
from tests.support.journals import COMMUNE, OFFICE, OTHER, Life, at, law

THREE_DAYS, FIVE_DAYS = TimeLimit(3, LimitUnit.WORKING_DAY), TimeLimit(5, LimitUnit.WORKING_DAY)
AT_THREE, LAST_HOUR = CutOff(minute=15 * 60), CutOff(before_closing=60)


@pytest.mark.parametrize(
    ("received", "code"),
    [
        ("2018-01-02", "2018"),
        ("2025-06-30", "2018"),
        ("2025-07-01", "2025-07-01"),
        ("2026-08-04", "2025-07-01"),
        ("2026-08-05", "2026-08-05"),
        ("2027-01-04", "2026-08-05"),
    ],
)
def test_the_receipt_chooses_the_regime(received: str, code: str) -> None:
    assert regime_on(date.fromisoformat(received)).code == code


def test_regimes_are_in_order_and_name_their_source() -> None:
    assert [regime.since for regime in REGIMES] == sorted({regime.since for regime in REGIMES})
    assert all(regime.source for regime in REGIMES)


def test_an_entry_without_a_regime_belongs_to_the_first() -> None:
    assert regime_of(None) is FIRST
    with pytest.raises(Invalid, match="no regime"):
        regime_of("2031-01-01")


# --- Received for another area: Decree 118/2025 art. 17.3 as amended by Decree 309/2026 art. 8.3 ---


def from_another_area(received: str, regime: str = "2026-08-05") -> Life:
    life = Life(law(THREE_DAYS))
    life.begin(received, responsible_unit=OTHER, another_area=True, regime=regime)
    return life


def state_of(life: Life) -> DossierState:
    assert life.state is not None
    return life.state


class TestForAnotherArea:
    def test_no_clock_runs_and_the_slip_has_the_date_as_if_handed_on_at_once(self) -> None:
        state = state_of(from_another_area("2026-08-05 08:30"))
        assert state.clock is Clock.NOT_STARTED
        assert state.awaits_agency
        assert state.due_date == date(2026, 8, 10)

    def test_the_clock_starts_with_the_first_session_after_it_was_given(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        state = life.act(Action.FORWARD, "2026-08-06 16:00", {"to_unit": OTHER})
        assert state.clock_started_at == at("2026-08-07 07:00")
        assert state.clock is Clock.RUNNING
        assert state.due_date == date(2026, 8, 12)

    def test_taking_it_earlier_starts_the_clock_earlier(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.FORWARD, "2026-08-06 16:00", {"to_unit": OTHER})
        state = life.act(Action.TAKE, "2026-08-06 16:30")
        assert state.clock_started_at == at("2026-08-06 16:30")
        assert state.due_date == date(2026, 8, 11)

    def test_taking_it_later_does_not_move_the_start(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.FORWARD, "2026-08-06 16:00", {"to_unit": OTHER})
        state = life.act(Action.TAKE, "2026-08-10 09:00")
        assert state.clock_started_at == at("2026-08-07 07:00")
        assert state.due_date == date(2026, 8, 12)

    def test_recalled_before_the_start_it_waits_again(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.FORWARD, "2026-08-06 16:00", {"to_unit": OTHER})
        state = life.act(Action.FORWARD, "2026-08-06 16:10", {"to_unit": COMMUNE})
        assert state.awaits_agency
        assert state.due_date == date(2026, 8, 10)

    def test_recalled_after_the_start_the_clock_goes_on(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.FORWARD, "2026-08-06 16:00", {"to_unit": OTHER})
        state = life.act(Action.FORWARD, "2026-08-07 09:00", {"to_unit": COMMUNE})
        assert state.clock is Clock.RUNNING
        assert state.due_date == date(2026, 8, 12)

    def test_passing_another_unit_on_the_way_starts_nothing(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        state = life.act(Action.FORWARD, "2026-08-06 16:00", {"to_unit": OFFICE})
        assert state.awaits_agency

    def test_a_transfer_to_the_competent_agency_starts_the_clock(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        state = life.act(Action.TRANSFER, "2026-08-06 08:00", {"to_unit": OFFICE})
        assert state.clock_started_at == at("2026-08-06 13:30")

    @pytest.mark.parametrize(("gone", "successor"), [(OTHER, COMMUNE), (COMMUNE, OTHER)])
    def test_a_succession_that_makes_the_holder_responsible_starts_the_clock(self, gone: int, successor: int) -> None:
        life = from_another_area("2026-08-05 08:30")
        state = life.act(Action.SUCCEED, "2026-08-06 08:00", {"from_unit": gone, "to_unit": successor})
        assert state.holder_unit == state.responsible_unit == successor
        assert state.clock_started_at == at("2026-08-06 13:30")
        assert (state.clock, state.due_date) == (Clock.RUNNING, date(2026, 8, 11))

    def test_taking_it_after_a_succession_brings_the_start_forward(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.SUCCEED, "2026-08-05 16:00", {"from_unit": OTHER, "to_unit": COMMUNE})
        state = life.act(Action.TAKE, "2026-08-05 16:30")
        assert (state.clock_started_at, state.due_date) == (at("2026-08-05 16:30"), date(2026, 8, 10))

    def test_a_succession_between_other_units_starts_nothing(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        assert life.act(Action.SUCCEED, "2026-08-06 08:00", {"from_unit": OTHER, "to_unit": OFFICE}).awaits_agency

    def test_a_succession_moves_no_start_that_the_dossier_has(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.FORWARD, "2026-08-05 16:00", {"to_unit": OTHER})
        state = life.act(Action.SUCCEED, "2026-08-06 08:00", {"from_unit": OTHER, "to_unit": OFFICE})
        assert state.clock_started_at == at("2026-08-06 07:00")

    def test_sent_back_to_a_unit_that_a_succession_made_responsible_the_clock_starts(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.FORWARD, "2026-08-05 09:00", {"to_unit": OFFICE})
        life.act(Action.SUCCEED, "2026-08-06 08:00", {"from_unit": OTHER, "to_unit": COMMUNE})
        state = life.act(Action.FORWARD, "2026-08-06 09:00", {"to_unit": COMMUNE})
        assert state.clock_started_at == at("2026-08-06 13:30")

    def test_a_succession_recorded_before_this_rule_replays_without_a_start(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        data = {"from_unit": OTHER, "to_unit": COMMUNE}
        moment = at("2026-08-06 08:00")
        life.journal.append(Entry(2, Action.SUCCEED, moment, moment, COMMUNE, data))
        assert replay(life.journal).awaits_agency

    def test_a_submission_that_a_succession_makes_ones_own_starts_no_clock(self) -> None:
        life = Life(law(THREE_DAYS))
        life.begin("2026-08-05 08:30", Action.SUBMIT, responsible_unit=OTHER, regime="2026-08-05")
        state = life.act(Action.SUCCEED, "2026-08-06 08:00", {"from_unit": OTHER, "to_unit": COMMUNE})
        assert (state.status, state.clock_started_at) == (Status.SUBMITTED, None)

    def test_papers_asked_for_before_the_start_move_nothing(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.REQUEST_SUPPLEMENT, "2026-08-05 09:00")
        life.act(Action.SUPPLEMENT, "2026-08-07 09:00")
        state = life.act(Action.FORWARD, "2026-08-07 10:00", {"to_unit": OTHER})
        assert state.clock_started_at == at("2026-08-07 13:30")
        assert state.due_date == date(2026, 8, 12)

    def test_a_refusal_before_the_start_is_not_late(self) -> None:
        state = from_another_area("2026-08-05 08:30").act(Action.FINISH, "2026-08-20 09:00", {"outcome": "refused"})
        assert state.verdict is not None
        assert state.verdict.value == "early"

    def test_a_transfer_of_a_finished_dossier_starts_nothing(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        before = life.act(Action.FINISH, "2026-08-20 09:00", {"outcome": "refused"})
        after = life.act(Action.TRANSFER, "2026-08-21 09:00", {"to_unit": OFFICE})
        assert (after.due_date, after.verdict) == (before.due_date, before.verdict)

    def test_every_entry_is_decided_the_same_way_again(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        life.act(Action.FORWARD, "2026-08-06 16:00", {"to_unit": OTHER})
        life.act(Action.TAKE, "2026-08-06 16:30")
        before: DossierState | None = None
        for entry in life.journal:
            assert redecide(entry, before, life.law).data == entry.data
            before = replay(life.journal[: entry.sequence])

    def test_a_receipt_corrected_to_the_day_before_the_change_is_counted_from_the_counter(self) -> None:
        life = from_another_area("2026-08-05 08:30")
        receipt = life.journal[0]
        earlier = redecide(type(receipt)(**{**vars_of(receipt), "occurred_at": at("2026-08-04 08:30")}), None, life.law)
        assert earlier.data["regime"] == "2025-07-01"
        assert "another_area" not in earlier.data


def vars_of(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__slots__}


# --- Cut-off: Decree 63/2024 art. 7.2 (15:00), karaoke decree of 2025 art. 6.3 (last office hour) ---


@pytest.mark.parametrize(
    ("received", "cut_off", "due"),
    [
        ("2026-09-07 15:00:00", AT_THREE, "2026-09-10"),  # Monday, in time: Monday is day 0
        ("2026-09-07 15:00:01", AT_THREE, "2026-09-11"),  # after it Tuesday is day 0
        ("2026-09-11 15:30:00", AT_THREE, "2026-09-17"),  # Friday: Monday is day 0
        ("2026-09-12 09:00:00", AT_THREE, "2026-09-17"),  # Saturday is outside office hours
        ("2026-09-07 16:00:00", LAST_HOUR, "2026-09-10"),
        ("2026-09-07 16:00:01", LAST_HOUR, "2026-09-11"),
        ("2026-09-07 16:30:00", None, "2026-09-10"),  # without a cut-off the receipt date is day 0
        ("2026-09-12 09:00:00", None, "2026-09-16"),
    ],
)
def test_after_the_cut_off_the_next_working_day_is_day_zero(received: str, cut_off: CutOff | None, due: str) -> None:
    deadline = compute(at(received), THREE_DAYS, OFFICIAL, DEFAULT_SESSIONS, cut_off=cut_off)
    assert deadline.due_date == date.fromisoformat(due)


@pytest.mark.parametrize(
    "values", [{}, {"minute": 900, "before_closing": 60}, {"minute": 1440}, {"before_closing": -1}]
)
def test_a_cut_off_is_one_time_of_day_or_minutes_before_closing(values: dict[str, int]) -> None:
    with pytest.raises(Invalid, match="cut-off"):
        CutOff(**values)


# --- Conditional limits: Decision 1872/QĐ-BTP of 2020 (3 working days), Decree 63/2024 art. 7.2 (+2) ---

VERIFIED = Condition("verification", "Cần xác minh", THREE_DAYS, 0, "Quyết định 1872/QĐ-BTP")
IN_HOURS = Condition("in-hours", "Cần giám định", TimeLimit(40, LimitUnit.WORKING_HOUR), 0, "-")
TWO_MORE = Condition("two-more", "Cần xác minh", None, 2, "Nghị định 63/2024/NĐ-CP Điều 7.2")


class TestConditions:
    def test_a_condition_puts_another_limit_in_place(self) -> None:
        life = Life(law(TimeLimit(None, LimitUnit.SAME_DAY), conditions=(VERIFIED,)))
        life.begin("2026-09-07 09:00", regime="2026-08-05")
        state = life.act(Action.APPLY_CONDITION, "2026-09-07 10:00", {"condition": "verification"})
        assert state.limit == THREE_DAYS
        assert state.due_date == date(2026, 9, 10)

    def test_a_condition_adds_days(self) -> None:
        life = Life(law(THREE_DAYS, conditions=(TWO_MORE,)))
        life.begin("2026-09-07 09:00", regime="2026-08-05")
        state = life.act(Action.APPLY_CONDITION, "2026-09-10 10:00", {"condition": "two-more"})
        assert (state.due_date, state.original_due_date) == (date(2026, 9, 14), date(2026, 9, 10))

    def test_it_is_applied_once_and_up_to_the_due_date(self) -> None:
        life = Life(law(THREE_DAYS, conditions=(TWO_MORE,)))
        life.begin("2026-09-07 09:00", regime="2026-08-05")
        with pytest.raises(NotAllowed, match="has passed"):
            life.act(Action.APPLY_CONDITION, "2026-09-11 10:00", {"condition": "two-more"})
        life.act(Action.APPLY_CONDITION, "2026-09-10 10:00", {"condition": "two-more"})
        with pytest.raises(NotAllowed, match="applied already"):
            life.act(Action.APPLY_CONDITION, "2026-09-10 11:00", {"condition": "two-more"})

    def test_it_never_shortens_the_limit(self) -> None:
        one_day = Condition("shorter", "Ngắn hơn", TimeLimit(1, LimitUnit.WORKING_DAY), 0, "-")
        life = Life(law(THREE_DAYS, conditions=(one_day,)))
        life.begin("2026-09-07 09:00", regime="2026-08-05")
        with pytest.raises(NotAllowed, match="shorten"):
            life.act(Action.APPLY_CONDITION, "2026-09-07 10:00", {"condition": "shorter"})

    @pytest.mark.parametrize("first", [Action.EXTEND, Action.APPLY_CONDITION])
    def test_a_limit_in_hours_is_refused_at_once_after_days_were_added(self, first: Action) -> None:
        life = Life(law(THREE_DAYS, extension=3, conditions=(TWO_MORE, IN_HOURS)))
        life.begin("2026-09-07 09:00", regime="2026-08-05")
        life.act(first, "2026-09-07 10:00", {"days": 2, "condition": "two-more"})
        with pytest.raises(NotAllowed, match="2 days were added") as refused:
            life.act(Action.APPLY_CONDITION, "2026-09-07 11:00", {"condition": "in-hours"})
        assert refused.value.code == "days_not_addable"

    def test_days_are_refused_at_once_after_a_limit_in_hours(self) -> None:
        life = Life(law(THREE_DAYS, extension=3, conditions=(TWO_MORE, IN_HOURS)))
        life.begin("2026-09-07 09:00", regime="2026-08-05")
        state = life.act(Action.APPLY_CONDITION, "2026-09-07 10:00", {"condition": "in-hours"})
        with pytest.raises(NotAllowed, match="adds days, but the limit of the dossier is in hours"):
            life.act(Action.APPLY_CONDITION, "2026-09-07 11:00", {"condition": "two-more"})
        with pytest.raises(NotAllowed, match="in hours cannot be extended"):
            life.act(Action.EXTEND, "2026-09-07 11:00", {"days": 1})
        everything = Permissions(frozenset(Role))
        offered = allowed_actions(state, everything, life.law.terms, date(2026, 9, 7))
        assert {Action.APPLY_CONDITION, Action.EXTEND}.isdisjoint(offered)

    def test_an_unknown_condition_names_the_possible_ones(self) -> None:
        life = Life(law(THREE_DAYS, conditions=(TWO_MORE,)))
        life.begin("2026-09-07 09:00")
        with pytest.raises(Invalid, match="two-more"):
            life.act(Action.APPLY_CONDITION, "2026-09-07 10:00", {"condition": "other"})


# --- Areas: Decree 151/2025 annex part V.A.II.10 (+10 working days), VIII.I.5.c (+10 days); Decree 49/2026 art. 15 ---


@pytest.mark.parametrize(
    ("limit", "inputs", "due"),
    [
        (TimeLimit(10, LimitUnit.WORKING_DAY), {}, "2026-09-21"),
        (TimeLimit(10, LimitUnit.WORKING_DAY), {"traits": ["mountain"]}, "2026-10-05"),
        (TimeLimit(45, LimitUnit.CALENDAR_DAY), {"traits": ["mountain"]}, "2026-11-02"),
        (TimeLimit(10, LimitUnit.WORKING_DAY), {"limits_of": 48}, "2026-09-14"),
        (TimeLimit(10, LimitUnit.WORKING_DAY), {"limits_of": 48, "traits": ["mountain"]}, "2026-09-28"),
    ],
)
def test_areas_and_provinces_change_the_limit_of_a_receipt(limit: TimeLimit, inputs: dict[str, Any], due: str) -> None:
    province = LocalLimits(dict.fromkeys(("counter", "online", "postal"), FIVE_DAYS), "QĐ 1/2026/QĐ-UBND")
    life = Life(law(limit, surcharges=(Surcharge("mountain", 10, "NĐ 151/2025"),), local_limits={48: province}))
    state = life.begin("2026-09-07 09:00", regime="2026-08-05", **inputs)
    assert state.due_date == date.fromisoformat(due)


# --- Apology: provincial rules after Decree 118/2025 ("one day before the end") ---


@pytest.mark.parametrize(
    ("regime", "recorded", "late"),
    [
        ("2018", "2026-09-13 09:00", True),  # due on Monday 14 September: Friday was the last working day before
        ("2018", "2026-09-11 09:00", False),
        ("2025-07-01", "2026-09-13 23:59", False),  # Sunday is the calendar day before
        ("2025-07-01", "2026-09-14 00:00", True),
    ],
)
def test_an_apology_is_in_time_up_to_the_day_before(regime: str, recorded: str, late: bool) -> None:
    life = Life(law(FIVE_DAYS))
    life.begin("2026-09-07 09:00", regime=regime)
    state = life.act(Action.RESCHEDULE, recorded, {"promised_date": "2026-09-16"})
    assert ("late_apology" in state.flags) is late


# --- Supplements: Decree 63/2010 art. 20.4 ---


def test_papers_are_asked_for_twice_at_most_unless_the_guidance_was_not_followed() -> None:
    life = Life(law(FIVE_DAYS))
    life.begin("2026-09-07 09:00", regime="2026-08-05")
    for day in ("08", "09"):
        life.act(Action.REQUEST_SUPPLEMENT, f"2026-09-{day} 09:00")
        life.act(Action.SUPPLEMENT, f"2026-09-{day} 10:00")
    with pytest.raises(NotAllowed, match="ceiling"):
        life.act(Action.REQUEST_SUPPLEMENT, "2026-09-10 09:00")
    state = life.act(Action.REQUEST_SUPPLEMENT, "2026-09-10 09:00", {"guidance_not_followed": True})
    assert state.supplement_requests == 3
    assert "repeated_supplement" in state.flags
