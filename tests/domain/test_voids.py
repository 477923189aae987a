"""Voided entries: the state without them, and the later entries that need them (rules §8)."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.corrections import voided
from app.domain.errors import NotAllowed
from app.domain.lifecycle import Action, Entry, effective, replay, voided_by
from app.domain.state import Status
from tests.support.journals import OFFICE, Life, at, law

WHEN = at("2021-08-17 09:00")


def without(life: Life, sequence: int) -> list[Entry]:
    """The journal after a void of the entry at once."""
    data: dict[str, Any] = {
        "sequence": sequence,
        "replaced": voided(life.journal, sequence, WHEN, lambda _entry: law()),
        "flags": ["undone"],
    }
    void = Entry(len(life.journal) + 1, Action.VOID, WHEN, WHEN, life.journal[0].unit, data)
    return [*life.journal, void]


def test_the_voided_entry_is_left_out_of_the_replay() -> None:
    life = Life()
    life.begin()
    before = replay(life.journal)
    life.act(Action.FINISH, "2021-08-16 09:00", {"outcome": "granted"})

    journal = without(life, 2)

    assert [entry.type for entry in effective(journal)] == [Action.RECEIVE, Action.VOID]
    assert voided_by(journal[-1]) == 2
    after = replay(journal)
    assert (after.status, after.due_date, after.finished_at) == (before.status, before.due_date, None)
    assert (after.flags, after.version) == (frozenset({"undone"}), 3)


def test_a_later_suspension_is_decided_again_without_the_voided_one() -> None:
    life = Life()
    life.begin()
    due = replay(life.journal).due_date
    life.act(Action.SUSPEND, "2021-08-16 09:00", {})
    life.act(Action.RESUME, "2021-08-17 09:00", {})
    assert replay(life.journal).due_date != due

    with pytest.raises(NotAllowed) as refusal:
        voided(life.journal, 2, WHEN, lambda _entry: law())
    assert refusal.value.extra["entries"] == [3]

    life.journal = without(life, 3)
    assert replay(without(life, 2)).due_date == due


def test_all_entries_that_need_the_voided_one_are_named() -> None:
    life = Life()
    life.begin()
    life.act(Action.FORWARD, "2021-08-16 09:00", {"to_unit": OFFICE})
    life.act(Action.TAKE, "2021-08-16 10:00", {})
    life.act(Action.FINISH, "2021-08-16 11:00", {"outcome": "granted"})

    life.journal[2:] = [replace(entry, unit=OFFICE) for entry in life.journal[2:]]

    with pytest.raises(NotAllowed, match=r"the last one first: 4 \(finish\), 3 \(take\)") as refusal:
        voided(life.journal, 2, WHEN, lambda _entry: law())

    assert refusal.value.extra["entries"] == [3, 4]


def test_without_its_first_entry_the_dossier_is_annulled() -> None:
    life = Life()
    life.begin()

    state = replay(without(life, 1))

    assert (state.status, state.closed, state.open, state.received_at) == (Status.ANNULLED, True, False, None)
    assert (state.due_date, state.limit, state.closed_at) == (None, None, WHEN)
