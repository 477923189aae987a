"""The life of a dossier: possible actions per status, and their effects on state and dates."""

from datetime import date

import pytest

from app.domain.corrections import corrected
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.lifecycle import (
    TRANSITIONS,
    Action,
    Entry,
    Permissions,
    Role,
    allowed_actions,
    effective,
    possible,
    replay,
)
from app.domain.limits import ClockPolicy, LimitUnit, TimeLimit
from app.domain.state import Clock, DossierState, HandOffState, Stage, Status
from app.domain.terms import Step
from app.domain.verdict import Verdict
from tests.support.journals import COMMUNE, OFFICE, OTHER, WAYS, Life, at, law, life_until

TODAY = date(2021, 8, 16)

# The actions of docs/rules.md §8 per state, copied by hand. `correct` and `void` are possible in each of them.
POSSIBLE: dict[str, str] = {
    "submitted": "receive decline request-supplement supplement transfer withdraw",
    "received": "forward take request-supplement request-payment suspend extend apply-condition reschedule "
    "transfer finish withdraw "
    "discontinue",
    "processing": "forward take request-supplement request-payment suspend extend apply-condition reschedule "
    "transfer finish withdraw "
    "discontinue",
    "awaiting_supplement": "supplement take finish withdraw discontinue transfer",
    "awaiting_payment": "pay take finish withdraw discontinue transfer",
    "verification": "resume take finish withdraw discontinue transfer",
    "finished": "return transfer",
    "declined": "",
    "returned": "",
    "withdrawn": "",
    "discontinued": "",
}


def arrived(name: str) -> DossierState:
    state = life_until(name).state
    assert state is not None
    return state


@pytest.mark.parametrize("name", WAYS)
def test_a_state_allows_exactly_the_actions_of_the_table(name: str) -> None:
    state = arrived(name)

    actions = {action.value for action in Action if action in TRANSITIONS and possible(state, action)}

    expected = {*POSSIBLE[name].split(), "correct", "void"}
    new = sorted(actions - expected)
    assert not new, (
        f"Add {new} to POSSIBLE[{name!r}] in tests/domain/test_lifecycle.py, as docs/rules.md §8 allows them."
    )
    assert actions == expected


@pytest.mark.parametrize(
    ("role", "name", "expected"),
    [
        (Role.CLERK, "submitted", "receive decline request-supplement supplement withdraw"),
        (Role.CLERK, "processing", "forward withdraw"),
        (Role.CLERK, "awaiting_supplement", "supplement withdraw"),
        (Role.CLERK, "awaiting_payment", "pay withdraw"),
        (Role.CLERK, "finished", "return"),
        (Role.OFFICER, "submitted", "request-supplement"),
        (Role.OFFICER, "received", "forward take request-supplement request-payment suspend apply-condition finish"),
        (Role.OFFICER, "verification", "resume take finish"),
        (Role.OFFICER, "finished", ""),
        (Role.REPORTER, "received", ""),
        (Role.ADMINISTRATOR, "received", ""),
    ],
)
def test_a_role_may_do_only_the_actions_of_the_table(role: Role, name: str, expected: str) -> None:
    actions = {action.value for action in allowed_actions(arrived(name), Permissions(frozenset({role})), None, TODAY)}

    new = sorted(actions - set(expected.split()))
    assert not new, f"Add {new} to the line of {role} and {name!r} above, as docs/rules.md §8 gives it to this role."
    assert actions == set(expected.split())


@pytest.mark.parametrize(
    ("name", "stage", "clock", "closed", "is_open"),
    [
        ("submitted", Stage.RECEIVE, Clock.NOT_STARTED, False, False),
        ("received", Stage.RECEIVE, Clock.RUNNING, False, True),
        ("declined", Stage.RECEIVE, Clock.NOT_STARTED, True, False),
        ("processing", Stage.PROCESS, Clock.RUNNING, False, True),
        ("awaiting_supplement", Stage.PROCESS, Clock.SUSPENDED, False, True),
        ("awaiting_payment", Stage.PROCESS, Clock.SUSPENDED, False, True),
        ("verification", Stage.RECEIVE, Clock.SUSPENDED, False, True),
        ("withdrawn", Stage.RECEIVE, Clock.ENDED, True, False),
        ("discontinued", Stage.RECEIVE, Clock.ENDED, True, False),
        ("finished", Stage.RETURN, Clock.ENDED, False, False),
        ("returned", Stage.RETURN, Clock.ENDED, True, False),
    ],
)
def test_each_status_has_its_stage_and_clock(
    name: str, stage: Stage, clock: Clock, closed: bool, is_open: bool
) -> None:
    state = arrived(name)

    assert (state.stage, state.clock, state.closed, state.open) == (stage, clock, closed, is_open)


def test_an_action_outside_the_table_is_refused_with_the_status() -> None:
    life = Life()
    life.begin()

    with pytest.raises(NotAllowed, match="its status is received"):
        life.act(Action.RETURN, "2021-08-16 09:00", {"how": "counter"})


class TestSuspensions:
    def test_a_supplement_gives_back_the_status_it_interrupted_and_moves_the_due_date(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        state = life.act(Action.SUPPLEMENT, "2021-08-20 09:00")

        # Received Monday, due the Monday after; Wednesday to Friday did not count.
        assert (state.status, state.stage) == (Status.RECEIVED, Stage.RECEIVE)
        assert (state.original_due_date, state.due_date) == (date(2021, 8, 23), date(2021, 8, 26))

    def test_taken_while_it_waits_it_goes_on_as_processing(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        waiting = life.act(Action.TAKE, "2021-08-17 10:00")
        state = life.act(Action.SUPPLEMENT, "2021-08-18 09:00")

        assert waiting.status is Status.AWAITING_SUPPLEMENT
        assert state.status is Status.PROCESSING

    def test_one_begun_after_the_due_date_changes_nothing_then_and_later(self) -> None:
        life = Life()
        life.begin()
        waiting = life.act(Action.REQUEST_SUPPLEMENT, "2021-08-24 09:00")
        state = life.act(Action.SUPPLEMENT, "2021-09-10 09:00")
        finished = life.act(Action.FINISH, "2021-09-10 10:00", {"outcome": "granted"})

        assert not waiting.protected
        assert state.due_date == date(2021, 8, 23)
        assert finished.verdict is Verdict.LATE

    def test_one_begun_on_the_due_date_protects_and_moves_it(self) -> None:
        life = Life()
        life.begin()
        waiting = life.act(Action.REQUEST_SUPPLEMENT, "2021-08-23 16:00")
        state = life.act(Action.SUPPLEMENT, "2021-08-25 09:00")

        assert waiting.protected
        assert state.due_date == date(2021, 8, 25)

    def test_under_run_the_clock_goes_on(self) -> None:
        life = Life(law(policy=ClockPolicy.RUN))
        life.begin()
        waiting = life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        state = life.act(Action.SUPPLEMENT, "2021-08-20 09:00")

        assert (waiting.status, waiting.clock) == (Status.AWAITING_SUPPLEMENT, Clock.RUNNING)
        assert state.due_date == date(2021, 8, 23)

    def test_under_restart_the_limit_starts_again(self) -> None:
        life = Life(law(policy=ClockPolicy.RESTART))
        life.begin()
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        state = life.act(Action.SUPPLEMENT, "2021-08-20 09:00")

        assert state.due_date == date(2021, 8, 27)

    def test_more_requests_than_usual_need_a_supervisor_and_a_legal_basis_and_are_flagged(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        life.act(Action.SUPPLEMENT, "2021-08-17 10:00")

        with pytest.raises(NotAllowed):
            life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 11:00", supervisor=False)
        with pytest.raises(NotAllowed):
            life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 11:00", texts=frozenset({"reason"}))
        state = life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 11:00")

        assert state.flags == {"repeated_supplement"}


class TestFinishing:
    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ("2021-08-20 16:00", Verdict.EARLY),
            ("2021-08-23 23:59", Verdict.ON_TIME),
            ("2021-08-24 00:00", Verdict.LATE),
        ],
    )
    def test_it_is_judged_by_the_day_it_was_finished(self, when: str, expected: Verdict) -> None:
        life = Life()
        life.begin()

        assert life.act(Action.FINISH, when, {"outcome": "granted"}).verdict is expected

    def test_in_hours_it_is_judged_by_the_whole_minute(self) -> None:
        # 08:30 and four hours in sessions 07:00–11:30 and 13:30–17:00: three in the morning, one in the afternoon.
        for when, expected in [("14:29:59", "early"), ("14:30:59", "on_time"), ("14:31:00", "late")]:
            life = Life(law(TimeLimit(4, LimitUnit.WORKING_HOUR)))
            life.begin("2021-08-16 08:30")
            state = life.act(Action.FINISH, f"2021-08-16 {when}", {"outcome": "granted"})
            assert state.verdict == expected

    def test_while_it_waits_it_can_only_be_refused_and_is_judged_as_if_the_wait_ended_then(self) -> None:
        life = Life(law(policy=ClockPolicy.RESTART))
        life.begin()
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")

        with pytest.raises(NotAllowed, match="as refused only"):
            life.act(Action.FINISH, "2021-08-30 09:00", {"outcome": "granted"})
        state = life.act(Action.FINISH, "2021-08-30 09:00", {"outcome": "refused"})

        # Under exclude: the 23rd and nine working days from the 18th to the 30th, 2 and 3 September being days off.
        assert state.due_date == date(2021, 9, 7)
        assert (state.verdict, state.outcome) == (Verdict.EARLY, "refused")
        assert state.open_wait is None

    def test_dated_back_before_a_due_date_that_has_passed_it_needs_a_supervisor_and_a_reason(self) -> None:
        def late_record(*, supervisor: bool, texts: frozenset[str]) -> DossierState:
            life = Life()
            life.begin()
            return life.act(
                Action.FINISH,
                "2021-08-23 16:00",
                {"outcome": "granted"},
                supervisor=supervisor,
                texts=texts,
                recorded="2021-08-24 08:00",
            )

        with pytest.raises(NotAllowed):
            late_record(supervisor=False, texts=frozenset({"reason"}))
        with pytest.raises(NotAllowed):
            late_record(supervisor=True, texts=frozenset())
        assert late_record(supervisor=True, texts=frozenset({"reason"})).verdict is Verdict.ON_TIME


class TestExtensions:
    def test_one_within_bounds_moves_the_due_date(self) -> None:
        life = Life(law(extension=3))
        life.begin()

        assert life.act(Action.EXTEND, "2021-08-23 16:00", {"days": 2}).due_date == date(2021, 8, 25)

    def test_their_sum_is_bounded(self) -> None:
        life = Life(law(extension=3))
        life.begin()
        life.act(Action.EXTEND, "2021-08-17 16:00", {"days": 2})

        with pytest.raises(NotAllowed, match="allows 1 more"):
            life.act(Action.EXTEND, "2021-08-17 17:00", {"days": 2})

    def test_none_is_possible_after_the_due_date(self) -> None:
        life = Life(law(extension=3))
        life.begin()

        with pytest.raises(NotAllowed) as refusal:
            life.act(Action.EXTEND, "2021-08-24 07:00", {"days": 1})
        assert refusal.value.code == "deadline_passed"

    def test_hours_are_not_extended(self) -> None:
        life = Life(law(TimeLimit(8, LimitUnit.WORKING_HOUR), extension=3))
        life.begin()

        with pytest.raises(NotAllowed):
            life.act(Action.EXTEND, "2021-08-16 09:00", {"days": 1})


class TestReschedules:
    def test_a_promise_is_a_working_day_after_the_due_date(self) -> None:
        life = Life()
        life.begin()

        for promised in ("2021-08-23", "2021-08-28", "2021-09-02"):
            with pytest.raises(Invalid):
                life.act(Action.RESCHEDULE, "2021-08-20 09:00", {"promised_date": promised})
        state = life.act(Action.RESCHEDULE, "2021-08-20 09:00", {"promised_date": "2021-08-25"})

        assert (state.promised_date, state.due_date) == (date(2021, 8, 25), date(2021, 8, 23))
        assert not state.flags

    def test_it_is_possible_once(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.RESCHEDULE, "2021-08-20 09:00", {"promised_date": "2021-08-25"})

        with pytest.raises(NotAllowed, match="rescheduled once already"):
            life.act(Action.RESCHEDULE, "2021-08-20 10:00", {"promised_date": "2021-08-26"})

    def test_later_than_the_working_day_before_the_due_date_it_is_flagged(self) -> None:
        life = Life()
        life.begin()

        # Due on Monday: the working day before is Friday.
        assert life.act(Action.RESCHEDULE, "2021-08-21 07:00", {"promised_date": "2021-08-25"}).flags == {
            "late_apology"
        }

    def test_a_promise_that_is_no_longer_later_lapses_and_its_apology_is_used_up(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.RESCHEDULE, "2021-08-20 09:00", {"promised_date": "2021-08-24"})
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-20 10:00")
        state = life.act(Action.SUPPLEMENT, "2021-08-27 10:00")

        assert state.promised_date is None
        assert not possible(state, Action.RESCHEDULE)


ROUTE = (
    Step("receiving", "Tiếp nhận", TimeLimit(1, LimitUnit.WORKING_DAY)),
    Step(OFFICE, "Thẩm định", TimeLimit(3, LimitUnit.WORKING_DAY)),
)
ONE_STEP = (Step("receiving", "Tiếp nhận", TimeLimit(2, LimitUnit.WORKING_DAY)),)


class TestHandOffs:
    def test_the_first_step_runs_from_receipt_and_the_kth_hand_off_has_the_kth_share(self) -> None:
        life = Life(law(route=ROUTE))
        received = life.begin("2021-08-16 08:30")
        state = life.act(Action.FORWARD, "2021-08-18 09:00", {"to_unit": OFFICE})
        third = life.act(Action.TAKE, "2021-08-18 10:00")
        beyond = life.act(Action.FORWARD, "2021-08-19 10:00", {"to_unit": OTHER})

        first = received.hand_offs[0]
        assert (first.given_at, first.taken_at, first.step) == (
            at("2021-08-16 08:30"),
            at("2021-08-16 08:30"),
            "Tiếp nhận",
        )
        assert (state.hand_offs[0].verdict, state.hand_offs[0].state) == (Verdict.LATE, HandOffState.DONE)
        assert (state.hand_offs[1].due_date, state.hand_offs[1].state) == (date(2021, 8, 23), HandOffState.GIVEN)
        assert third.hand_offs[1].taken_at == at("2021-08-18 10:00")
        assert (beyond.hand_offs[1].verdict, beyond.hand_offs[2].limit) == (Verdict.EARLY, None)

    def test_forwarding_moves_the_holder_and_never_the_responsible_unit(self) -> None:
        life = Life()
        life.begin()
        state = life.act(Action.FORWARD, "2021-08-17 09:00", {"to_unit": OFFICE})

        assert (state.holder_unit, state.responsible_unit, state.status) == (OFFICE, COMMUNE, Status.PROCESSING)

    def test_a_hand_off_that_was_not_taken_can_be_sent_back_and_then_counts_as_never_given(self) -> None:
        life = Life(law(route=ROUTE))
        life.begin()
        life.act(Action.FORWARD, "2021-08-17 09:00", {"to_unit": OFFICE})
        back = life.act(Action.FORWARD, "2021-08-17 10:00", {"to_unit": COMMUNE})
        again = life.act(Action.FORWARD, "2021-08-17 11:00", {"to_unit": OFFICE})

        assert [hand_off.state for hand_off in back.hand_offs] == [HandOffState.TAKEN, HandOffState.NOT_TAKEN]
        assert (back.holder_unit, back.hand_offs[0].done_at) == (COMMUNE, None)
        assert (again.hand_offs[2].number, again.hand_offs[2].step) == (2, "Thẩm định")

    def test_a_hand_off_that_was_not_taken_cannot_be_passed_on(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.FORWARD, "2021-08-17 09:00", {"to_unit": OFFICE})

        with pytest.raises(NotAllowed) as refusal:
            life.act(Action.FORWARD, "2021-08-17 10:00", {"to_unit": OTHER})
        assert refusal.value.code == "not_taken_yet"

    def test_suspended_days_are_excluded_from_a_step_under_every_policy(self) -> None:
        for policy in ClockPolicy:
            life = Life(law(policy=policy, route=ROUTE))
            life.begin()
            life.act(Action.FORWARD, "2021-08-17 09:00", {"to_unit": OFFICE})
            life.act(Action.REQUEST_SUPPLEMENT, "2021-08-18 09:00")
            state = life.act(Action.SUPPLEMENT, "2021-08-20 09:00")
            # Three days from Tuesday the 17th, Thursday and Friday not counted.
            assert state.hand_offs[1].due_date == date(2021, 8, 24), policy

    def test_a_result_goes_to_the_counter_and_the_step_is_done(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.FORWARD, "2021-08-17 09:00", {"to_unit": OFFICE})
        life.act(Action.TAKE, "2021-08-17 10:00")
        state = life.act(Action.FINISH, "2021-08-18 09:00", {"outcome": "granted"})

        assert (state.holder_unit, state.hand_offs[-1].state) == (COMMUNE, HandOffState.DONE)

    def test_a_transfer_changes_the_responsible_unit_and_the_holder(self) -> None:
        life = Life()
        life.begin()
        state = life.act(Action.TRANSFER, "2021-08-17 09:00", {"to_unit": OTHER})

        assert (state.responsible_unit, state.holder_unit, state.counter_unit) == (OTHER, OTHER, COMMUNE)

    def test_a_step_given_back_after_a_suspension_goes_on_without_those_days(self) -> None:
        life = Life(law(route=ROUTE))
        life.begin("2021-08-16 08:30")
        life.act(Action.FORWARD, "2021-08-16 09:00", {"to_unit": OFFICE})
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        life.act(Action.SUPPLEMENT, "2021-08-19 09:00")
        state = life.act(Action.FORWARD, "2021-08-19 10:00", {"to_unit": COMMUNE})

        # One day from Monday the 16th; suspended from Tuesday on. Tuesday still counts, so it was due then,
        # and the answer of Thursday cannot come after the due date.
        assert state.hand_offs[0].due_date == date(2021, 8, 19)

    def test_a_step_that_ends_by_refusal_while_waiting_is_judged_without_the_wait_under_every_policy(self) -> None:
        for policy in ClockPolicy:
            life = Life(law(policy=policy, route=ONE_STEP))
            life.begin("2021-08-16 08:30")
            life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
            state = life.act(Action.FINISH, "2021-08-20 09:00", {"outcome": "refused"})
            assert (state.hand_offs[0].due_date, state.hand_offs[0].verdict) == (date(2021, 8, 23), "early"), policy

    def test_a_withdrawal_while_waiting_judges_the_step_without_the_wait(self) -> None:
        life = Life(law(route=ONE_STEP))
        life.begin("2021-08-16 08:30")
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        state = life.act(Action.WITHDRAW, "2021-08-20 09:00")

        assert state.hand_offs[0].verdict == "early"

    def test_a_transfer_takes_a_pending_hand_off_back(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.FORWARD, "2021-08-17 09:00", {"to_unit": OFFICE})
        life.act(Action.TRANSFER, "2021-08-17 10:00", {"to_unit": OTHER})
        state = life.act(Action.FORWARD, "2021-08-17 11:00", {"to_unit": OFFICE})

        assert [hand_off.state for hand_off in state.hand_offs] == [HandOffState.NOT_TAKEN, HandOffState.GIVEN]

    def test_after_a_succession_a_pending_hand_off_can_still_be_sent_back(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.FORWARD, "2021-08-17 09:00", {"to_unit": OFFICE})
        life.act(Action.SUCCEED, "2021-08-17 10:00", {"from_unit": COMMUNE, "to_unit": OTHER})
        state = life.act(Action.FORWARD, "2021-08-17 11:00", {"to_unit": OTHER})

        assert (state.holder_unit, state.hand_offs[0].state) == (OTHER, HandOffState.NOT_TAKEN)


class TestBounds:
    def actions(self, life: Life, day: date, *roles: Role) -> set[str]:
        assert life.state is not None
        actions = allowed_actions(life.state, Permissions(frozenset(roles)), life.law.terms, day)
        return {action.value for action in actions}

    def test_an_extension_is_offered_only_while_the_law_grants_one(self) -> None:
        life = Life(law(extension=2))
        life.begin()
        supervisor = (Role.CLERK, Role.OFFICER, Role.SUPERVISOR)

        assert "extend" in self.actions(life, date(2021, 8, 23), *supervisor)
        assert "extend" not in self.actions(life, date(2021, 8, 24), *supervisor)
        life.act(Action.EXTEND, "2021-08-17 09:00", {"days": 2})
        assert "extend" not in self.actions(life, date(2021, 8, 23), *supervisor)

    def test_used_up_requests_are_offered_to_supervisors_alone(self) -> None:
        life = Life()
        life.begin()
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-17 09:00")
        life.act(Action.SUPPLEMENT, "2021-08-17 10:00")

        assert "request-supplement" not in self.actions(life, TODAY, Role.OFFICER)
        assert "request-supplement" in self.actions(life, TODAY, Role.OFFICER, Role.SUPERVISOR)


class TestTime:
    def test_no_event_is_before_the_last_one(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")

        with pytest.raises(Conflict):
            life.act(Action.TAKE, "2021-08-16 08:29")
        assert life.act(Action.TAKE, "2021-08-16 08:30").status is Status.PROCESSING

    def test_up_to_five_minutes_ahead_is_now_and_more_is_refused(self) -> None:
        life = Life()
        life.begin()
        state = life.act(Action.TAKE, "2021-08-16 09:05", recorded="2021-08-16 09:00")

        assert state.last_occurred_at == at("2021-08-16 09:00")
        with pytest.raises(Invalid) as refusal:
            life.act(Action.WITHDRAW, "2021-08-16 09:05:01", recorded="2021-08-16 09:00")
        assert refusal.value.code == "in_the_future"

    def test_an_event_of_days_before_is_backdated(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")

        assert life.act(Action.TAKE, "2021-08-16 09:00", recorded="2021-08-19 09:00").flags == {"backdated"}

    def test_five_minutes_late_is_not_backdated(self) -> None:
        life = Life()
        life.begin()

        assert not life.act(Action.TAKE, "2021-08-16 09:00", recorded="2021-08-16 09:05").flags


class TestCorrections:
    def correct(self, life: Life, sequence: int, **changes: object) -> DossierState:
        old = effective(life.journal)[sequence - 1]
        when = changes.pop("at", None)
        moment = at(str(when)) if when else old.occurred_at
        changed = Entry(old.sequence, old.type, moment, old.recorded_at, old.unit, {**old.data, **changes})
        replaced = corrected(life.journal, changed, lambda _entry: life.law)
        data = {"sequence": sequence, "replaced": replaced, "flags": ["corrected"]}
        number = len(life.journal) + 1
        moment = at("2021-12-01 09:00")
        life.journal.append(Entry(number, Action.CORRECT, moment, moment, COMMUNE, data))
        life.state = replay(life.journal)
        return life.state

    def test_another_time_of_receipt_dates_everything_anew(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")
        life.act(Action.REQUEST_SUPPLEMENT, "2021-08-18 09:00")
        life.act(Action.SUPPLEMENT, "2021-08-20 09:00")
        life.act(Action.FINISH, "2021-08-25 09:00", {"outcome": "granted"})
        before = life.state
        state = self.correct(life, 1, at="2021-08-13 08:30")

        assert before is not None
        assert (before.due_date, before.verdict) == (date(2021, 8, 25), Verdict.ON_TIME)
        assert (state.due_date, state.verdict) == (date(2021, 8, 24), Verdict.LATE)
        assert state.flags == {"corrected"}

    def test_the_old_entry_stays_in_the_journal(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")
        self.correct(life, 1, at="2021-08-13 08:30")

        assert life.journal[0].occurred_at == at("2021-08-16 08:30")
        assert effective(life.journal)[0].occurred_at == at("2021-08-13 08:30")

    def test_a_correction_of_a_corrected_entry_holds(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")
        self.correct(life, 1, at="2021-08-13 08:30")
        state = self.correct(life, 1, at="2021-08-12 08:30")

        assert state.received_at == at("2021-08-12 08:30")

    def test_a_correction_that_makes_a_later_entry_unlawful_is_refused(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")
        life.act(Action.FINISH, "2021-08-18 09:00", {"outcome": "granted"})

        with pytest.raises(NotAllowed) as refusal:
            self.correct(life, 2, at="2021-08-15 09:00")
        assert refusal.value.code == "journal_not_lawful"

    def test_an_extension_that_would_come_too_late_makes_the_journal_unlawful(self) -> None:
        life = Life(law(extension=3))
        life.begin("2021-08-16 08:30")
        life.act(Action.EXTEND, "2021-08-23 09:00", {"days": 1})

        with pytest.raises(NotAllowed, match="Entry 2"):
            self.correct(life, 1, at="2021-08-13 08:30")


class TestPendingCorrections:
    MAKER, OTHER = "phòng giám sát", "lãnh đạo"

    def add(self, life: Life, action: Action, **data: object) -> DossierState:
        moment = at("2021-12-01 09:00")
        life.journal.append(Entry(len(life.journal) + 1, action, moment, moment, COMMUNE, data))
        life.state = replay(life.journal)
        return life.state

    def with_request(self) -> Life:
        life = Life()
        life.begin("2021-08-16 08:30")
        self.add(life, Action.CORRECT, sequence=1, changes={}, asked_by=self.MAKER)
        return life

    def allowed(self, life: Life, client: str) -> set[str]:
        assert life.state is not None
        permissions = Permissions(frozenset({Role.SUPERVISOR}), client=client)
        return {action.value for action in allowed_actions(life.state, permissions, None, TODAY)} & {
            "approve-correction",
            "reject-correction",
        }

    def test_a_correction_that_was_asked_for_alters_no_entry(self) -> None:
        life = self.with_request()

        assert effective(life.journal) == life.journal
        assert life.state is not None
        assert [
            (correction.sequence, correction.entry, correction.client) for correction in life.state.corrections
        ] == [(2, 1, self.MAKER)]
        assert life.state.last_occurred_at == at("2021-08-16 08:30")

    def test_an_approval_carries_it_out_and_a_rejection_does_not(self) -> None:
        new = {"1": {"occurred_at": "2021-08-13T08:30:00+07:00", "data": self.with_request().journal[0].data}}
        approved = self.add(self.with_request(), Action.APPROVE_CORRECTION, correction=2, sequence=1, replaced=new)
        rejected = self.add(self.with_request(), Action.REJECT_CORRECTION, correction=2, sequence=1)

        assert (approved.received_at, approved.corrections) == (at("2021-08-13 08:30"), ())
        assert (rejected.received_at, rejected.corrections) == (at("2021-08-16 08:30"), ())

    def test_a_former_correction_without_a_request_is_never_pending(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")
        new = {"1": {"occurred_at": "2021-08-13T08:30:00+07:00", "data": life.journal[0].data}}
        state = self.add(life, Action.CORRECT, sequence=1, changes={}, replaced=new, flags=["corrected"])

        assert (state.received_at, state.corrections) == (at("2021-08-13 08:30"), ())

    def test_the_client_that_asked_may_take_it_back_and_another_may_approve(self) -> None:
        life = self.with_request()

        assert self.allowed(life, self.MAKER) == {"reject-correction"}
        assert self.allowed(life, self.OTHER) == {"approve-correction", "reject-correction"}

    def test_without_one_there_is_nothing_to_decide(self) -> None:
        life = Life()
        life.begin("2021-08-16 08:30")

        assert self.allowed(life, self.OTHER) == set()
