"""Spans and occurrences: at any instant they agree with the journal."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.actions import ActionRequest
from app.domain.calendar import DEFAULT_SESSIONS, TZ
from app.domain.deadline import ClockPolicy
from app.domain.decisions import decide
from app.domain.lifecycle import NOT_EVENTS, Action, Entry, apply, effective, states
from app.domain.state import DossierState
from app.domain.terms import Law
from app.rollups.facts import STEP, Occurrence, Span, SpanKey, effective_at, occurrences_of, project, span_keys
from tests.support.calendars import OFFICIAL
from tests.support.lives import Life, lives, moment, terms_of
from tests.support.strategies import THOROUGH

seeds = st.integers(0, 2**32 - 1).map(Random)


def history_of(life: Life) -> list[tuple[Entry, DossierState]]:
    return list(zip(effective(life.journal), states(life.journal), strict=True))


def state_at(life: Life, at: datetime) -> DossierState | None:
    """The state after the entries dated before an instant; no entry acts before its predecessor."""
    state, last = None, None
    for entry in effective(life.journal):
        acts = entry.occurred_at if last is None else max(last, entry.occurred_at)
        if entry.type not in NOT_EVENTS:
            last = acts
        if acts < at:
            state = apply(state, entry)
    return state


def by_phase(key: SpanKey) -> str:
    return key.phase


def of_steps(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.key.phase == STEP]


def of_dossiers(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.key.phase != STEP]


def holding_at(spans: list[Span], at: datetime) -> list[SpanKey]:
    return [span.key for span in spans if span.from_at < at and (span.to_at is None or span.to_at >= at)]


@THOROUGH
@given(seeds)
def test_the_span_at_an_instant_follows_from_the_entries_dated_before_it(random: Random) -> None:
    for life in lives(random, 2):
        spans, _ = project(history_of(life))
        instants = [moment(random) for _ in range(3)]
        instants += [entry.occurred_at + timedelta(seconds=shift) for entry in life.journal for shift in (0, 1)]
        for at in instants:
            state = state_at(life, at)
            assert sorted(holding_at(spans, at), key=by_phase) == sorted(
                span_keys(state) if state else (), key=by_phase
            )


@THOROUGH
@given(seeds)
def test_following_each_entry_gives_the_result_of_the_whole_journal(random: Random) -> None:
    for life in lives(random, 2):
        history = history_of(life)
        followed: list[Span] = []
        happened: list[Occurrence] = []
        acting: list[datetime] = []
        before: DossierState | None = None
        for entry, state in history:
            acting.append(effective_at(before, entry))
            keys_before, keys = span_keys(before) if before else (), span_keys(state)
            followed = [
                replace(span, to_at=acting[-1]) if span.to_at is None and span.key not in keys else span
                for span in followed
            ]
            followed += [Span(entry.sequence, acting[-1], None, key) for key in keys if key not in keys_before]
            happened += occurrences_of(before, state, entry)
            before = state
        spans, occurrences = project(history)
        assert occurrences == happened
        # Entries recorded after a publication and dated before it are counted again, not followed.
        if acting == sorted(acting):
            assert spans == followed


@THOROUGH
@given(seeds)
def test_spans_of_a_dossier_and_of_its_steps_follow_one_another_without_overlapping(random: Random) -> None:
    for life in lives(random, 2):
        spans_found, _ = project(history_of(life))
        for spans in (of_steps(spans_found), of_dossiers(spans_found)):
            for earlier, later in itertools.pairwise(spans):
                assert earlier.to_at is not None
                assert earlier.from_at <= earlier.to_at <= later.from_at
            assert len({span.number for span in spans}) == len(spans)


# --- Single lives -----------------------------------------------------------------------------------------------------

LAW = Law(OFFICIAL, DEFAULT_SESSIONS, None, replace(terms_of(1), route=()))  # three working days
BY_ROUTE = replace(LAW, terms=terms_of(1))  # the receiving unit has one of them, the responsible unit two
RECEIVED = {"receiving_unit": 1, "responsible_unit": 1, "channel": "counter"}


def at(day: int, hour: int = 8) -> datetime:
    """An hour of a day of August 2021: the 16th is a Monday."""
    return datetime(2021, 8, day, hour, tzinfo=TZ)


def history_with(*acts: tuple[Action, datetime, dict[str, Any]], law: Law = LAW) -> list[tuple[Entry, DossierState]]:
    """The history of a dossier of three working days after these actions."""
    texts = frozenset({"reason", "legal_basis"})
    history: list[tuple[Entry, DossierState]] = []
    state: DossierState | None = None
    for number, (action, when, inputs) in enumerate(acts, start=1):
        data = decide(state, ActionRequest(action, when, when, inputs, texts, supervisor=True), law)
        entry = Entry(number, action, when, when, 1, data)
        state = apply(state, entry)
        history.append((entry, state))
    return history


def test_a_dossier_is_overdue_from_the_midnight_after_its_due_date() -> None:
    spans, _ = project(history_with((Action.RECEIVE, at(16), RECEIVED)))
    assert [(span.from_at, span.to_at, span.key.overdue_from) for span in spans] == [(at(16), None, at(20, 0))]


def test_while_a_counting_suspension_is_open_nothing_becomes_overdue() -> None:
    spans, _ = project(
        history_with(
            (Action.RECEIVE, at(16), RECEIVED),
            (Action.REQUEST_SUPPLEMENT, at(17), {}),
            (Action.SUPPLEMENT, at(24), {}),
        )
    )
    assert [(span.key.suspended, span.key.overdue_from) for span in spans] == [
        (False, at(20, 0)),
        (True, None),
        (False, at(27, 0)),
    ]


def test_a_suspension_after_the_due_date_leaves_the_dossier_overdue() -> None:
    spans, _ = project(history_with((Action.RECEIVE, at(16), RECEIVED), (Action.REQUEST_SUPPLEMENT, at(20), {})))
    assert [span.key.overdue_from for span in spans] == [at(20, 0), at(20, 0)]


@pytest.mark.parametrize(("when", "overdue"), [(at(19, 23), False), (at(20, 0), True)])
def test_a_withdrawn_dossier_was_overdue_only_after_its_due_date(when: datetime, *, overdue: bool) -> None:
    _, occurrences = project(history_with((Action.RECEIVE, at(16), RECEIVED), (Action.WITHDRAW, when, {})))
    assert [(occurrence.kind, occurrence.overdue) for occurrence in occurrences] == [
        ("received", False),
        ("withdrawn", overdue),
    ]


def test_a_withdrawn_submission_is_counted_apart() -> None:
    _, occurrences = project(history_with((Action.SUBMIT, at(16), RECEIVED), (Action.WITHDRAW, at(17), {})))
    assert [occurrence.kind for occurrence in occurrences] == ["submitted", "unsubmitted"]


def test_only_open_dossiers_move_from_unit_to_unit() -> None:
    receipt = {"responsible_unit": 2, "channel": "counter"}
    _, occurrences = project(
        history_with(
            (Action.SUBMIT, at(16), RECEIVED),
            (Action.TRANSFER, at(16, 9), {"to_unit": 2}),
            (Action.RECEIVE, at(17), receipt),
            (Action.TRANSFER, at(18), {"to_unit": 3}),
            (Action.FINISH, at(19), {"outcome": "granted"}),
            (Action.TRANSFER, at(20), {"to_unit": 4}),
        )
    )
    assert [(occurrence.kind, occurrence.unit_id, occurrence.to_unit_id) for occurrence in occurrences] == [
        ("submitted", 1, None),
        ("received", 2, None),
        ("moved", 2, 3),
        ("finished", 3, None),
    ]


def test_a_late_finish_knows_whether_there_was_an_apology() -> None:
    late = (Action.FINISH, at(24), {"outcome": "granted"})
    apology = (Action.RESCHEDULE, at(18), {"promised_date": "2021-08-24"})
    _, without = project(history_with((Action.RECEIVE, at(16), RECEIVED), late))
    _, with_one = project(history_with((Action.RECEIVE, at(16), RECEIVED), apology, late))
    assert [
        (occurrences[-1].verdict, occurrences[-1].overdue, occurrences[-1].apology)
        for occurrences in (without, with_one)
    ] == [
        ("late", True, False),
        ("late", True, True),
    ]


def test_a_published_calendar_does_not_act_before_its_time_on_an_event_recorded_after_it() -> None:
    history = history_with((Action.RECEIVE, at(16), RECEIVED))
    received, state = history[0]
    deadline = {**received.data["deadline"], "due_date": "2021-08-20", "due_at": at(20, 17).isoformat()}
    published = Entry(2, Action.REDATE, at(18), at(18), 1, {"deadline": deadline})
    taken_over = Entry(3, Action.FORWARD, at(17), at(18, 9), 1, {"to_unit": 2})
    history += [(published, apply(state, published))]
    history += [(taken_over, apply(history[-1][1], taken_over))]
    spans, _ = project(history)
    kept = [(span.from_at, span.to_at, span.key.holder_unit_id, span.key.overdue_from) for span in of_dossiers(spans)]
    assert kept == [
        (at(16), at(17), 1, at(20, 0)),
        (at(17), at(18), 2, at(20, 0)),
        (at(18), None, 2, at(21, 0)),
    ]


# --- Steps ------------------------------------------------------------------------------------------------------------

TO_TWO = {"to_unit": 2}


def steps(*acts: tuple[Action, datetime, dict[str, Any]], law: Law = BY_ROUTE) -> list[tuple[Any, ...]]:
    """The counted steps: kind, unit, unit reached, verdict, overdue."""
    _, occurrences = project(history_with((Action.RECEIVE, at(16), RECEIVED), *acts, law=law))
    return [
        (
            occurrence.kind.removeprefix("step_"),
            occurrence.unit_id,
            occurrence.to_unit_id,
            occurrence.verdict,
            occurrence.overdue,
        )
        for occurrence in occurrences
        if occurrence.kind.startswith(STEP)
    ]


GIVEN = ("given", 1, None, None, False)


def test_forwarding_ends_a_step_and_begins_the_next_one() -> None:
    assert steps((Action.FORWARD, at(18), TO_TWO), (Action.FINISH, at(19), {"outcome": "granted"})) == [
        GIVEN,
        ("done", 1, None, "late", True),
        ("given", 2, None, None, False),
        ("done", 2, None, "early", False),
    ]


def test_a_hand_off_that_is_recalled_passes_back_to_the_step_that_goes_on() -> None:
    assert steps((Action.FORWARD, at(16, 9), TO_TWO), (Action.FORWARD, at(17), {"to_unit": 1})) == [
        GIVEN,
        ("done", 1, None, "early", False),
        ("given", 2, None, None, False),
        ("moved", 2, 1, None, False),
    ]


def test_a_hand_off_that_is_recalled_without_a_step_before_it_ends_without_a_result() -> None:
    recalled = [(Action.FORWARD, at(16, 9), TO_TWO), (Action.FORWARD, at(17), {"to_unit": 1})]
    assert steps(*recalled, law=LAW) == [
        ("given", 2, None, None, False),
        ("discontinued", 2, None, None, False),
    ]


@pytest.mark.parametrize(("when", "overdue"), [(at(17, 23), False), (at(18, 0), True)])
def test_a_step_that_ends_with_its_dossier_was_overdue_only_after_its_own_due_date(
    when: datetime, *, overdue: bool
) -> None:
    assert steps((Action.WITHDRAW, when, {})) == [GIVEN, ("withdrawn", 1, None, None, overdue)]


def test_a_transfer_takes_the_step_along() -> None:
    assert steps((Action.TRANSFER, at(16, 9), TO_TWO)) == [GIVEN, ("moved", 1, 2, None, False)]


def test_a_suspended_step_cannot_newly_become_overdue_under_any_policy() -> None:
    law = replace(BY_ROUTE, terms=replace(BY_ROUTE.terms, clock_policy=ClockPolicy.RUN))
    waiting = history_with((Action.RECEIVE, at(16), RECEIVED), (Action.REQUEST_SUPPLEMENT, at(17), {}), law=law)
    spans, _ = project(waiting)
    assert [(span.key.suspended, span.key.overdue_from) for span in of_steps(spans)] == [
        (False, at(18, 0)),
        (True, None),
    ]
    assert [(span.key.suspended, span.key.overdue_from) for span in of_dossiers(spans)] == [(False, at(20, 0))]
