"""Corrects a journal: replaces or voids one entry, and decides all later entries again (rules §8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn

from app.domain.actions import AUTOMATIC, ActionRequest
from app.domain.calendar import CalendarMissing, local_date
from app.domain.decisions import EFFECTS, decide
from app.domain.errors import DomainError, NotAllowed
from app.domain.lifecycle import CORRECTIONS, Action, Entry, apply, effective
from app.domain.regimes import regime_on
from app.domain.state import DossierState, Status
from app.domain.terms import Law

# Marks of how an entry was recorded. A correction keeps them.
_OF_RECORDING = ("backdated", "imported", "hour_assumed", "old_register", "zeros_restored")


def redecide(entry: Entry, state: DossierState | None, law: Law | None) -> Entry:
    """The entry decided again on the state before it (rules §8)."""
    inputs = {key: value for key, value in entry.data.items() if key not in EFFECTS and key != "texts"}
    if entry.type is Action.RECEIVE and "regime" in inputs:
        regime = regime_on(local_date(entry.occurred_at))
        inputs["regime"] = regime.code
        if not regime.starts_at_competent_agency or _is_own(inputs, state):
            inputs.pop("another_area", None)
    if entry.type is Action.APPLY_CONDITION:
        # The condition of the present version decides whether it has a limit or days.
        inputs.pop("limit", None)
    if state is not None and "unrecorded" in inputs:
        # A journal does not give a fee that only the row of the dossier has, so the refund names it.
        state = replace(state, money=replace(state.money, unrecorded=inputs["unrecorded"]))
    # The rights were checked when it was recorded. A correction does not check them again (rules §8).
    act = ActionRequest(
        entry.type,
        entry.occurred_at,
        entry.recorded_at,
        inputs,
        frozenset({*entry.data.get("texts", ()), "reason", "legal_basis"}),
        supervisor=True,
        imported="imported" in entry.data.get("flags", ()),
        recorded_before=True,
    )
    data = decide(state, act, law)
    if "asked" in data and "asked" not in entry.data:
        del data["asked"]  # recorded before requests named their sum
    kept = [flag for flag in entry.data.get("flags", ()) if flag in _OF_RECORDING]
    flags = sorted({*kept, *data.get("flags", ())})
    if flags:
        data["flags"] = flags
    if "texts" in entry.data:
        data["texts"] = entry.data["texts"]
    return replace(entry, data=data)


def _is_own(inputs: Mapping[str, Any], state: DossierState | None) -> bool:
    """True if the unit that receives is responsible itself, by the receipt or by the state before it."""
    if state is None:
        return bool(inputs["receiving_unit"] == inputs["responsible_unit"])
    return bool(inputs.get("responsible_unit", state.responsible_unit) == state.counter_unit)


def _as_it_was(entry: Entry, _state: DossierState | None) -> Entry:
    return entry


def corrected(
    journal: Sequence[Entry],
    changed: Entry,
    law_for: Callable[[Entry], Law | None],
    follow: Callable[[Entry, DossierState | None], Entry] = _as_it_was,
) -> dict[str, Any]:
    """The entries that differ after `changed` replaces one, as `{sequence: {occurred_at, data}}` (rules §8).

    `law_for` gives the law under which an entry was decided. `follow` gives a later entry the inputs that follow from
    the state before it. Raises NotAllowed `journal_not_lawful` if a later entry is no longer lawful.
    """
    state: DossierState | None = None
    replaced: dict[str, Any] = {}
    for entry in effective(journal):
        new = changed if entry.sequence == changed.sequence else entry
        if new.sequence >= changed.sequence and new.type not in CORRECTIONS:
            if state is not None and new.type not in (Action.PARTICULARS, Action.REDATE, Action.OUTAGE):
                _require_in_order(new, state)
            if new.sequence > changed.sequence:
                new = follow(new, state)
            new = _redecided(new, state, law_for)
        if new.data != entry.data or new.occurred_at != entry.occurred_at:
            replaced[str(new.sequence)] = {"occurred_at": new.occurred_at.isoformat(), "data": dict(new.data)}
        state = apply(state, new)
    return replaced


# What remains of the first entry of an annulled dossier: its place in lists, without dates.
_OPENING = ("procedure", "channel", "receiving_unit", "responsible_unit")


def voided(
    journal: Sequence[Entry],
    sequence: int,
    at: datetime,
    law_for: Callable[[Entry], Law | None],
    follow: Callable[[Entry, DossierState | None], Entry] = _as_it_was,
) -> dict[str, Any]:
    """The entries that differ after the entry `sequence` is voided at `at`, in the form of `corrected` (rules §8).

    `law_for` and `follow` are those of `corrected`. A voided entry is `{voided: true}`. The first entry stays with its
    unit and its procedure: the dossier is annulled.
    Raises NotAllowed `later_entries`, with their sequences in `entries`, if later entries need the voided one.
    """
    replaced: dict[str, Any] = {str(sequence): {"voided": True}}
    blocking: list[Entry] = []
    state: DossierState | None = None
    was: DossierState | None = None
    for entry in effective(journal):
        new: Entry | None = entry
        if entry.sequence == sequence:
            new = _annulled(entry, at) if state is None else None
        elif entry.sequence > sequence and entry.type not in CORRECTIONS:
            new = _without_voided(follow(entry, state), was, state, law_for)
            if new is None:
                blocking.append(entry)
        if new is not None:
            if new.data != entry.data:
                replaced[str(new.sequence)] = {"occurred_at": new.occurred_at.isoformat(), "data": dict(new.data)}
            state = apply(state, new)
        was = apply(was, entry)
    if blocking:
        _refuse(sequence, blocking)
    return replaced


def _annulled(entry: Entry, at: datetime) -> Entry:
    if "voided" in entry.data:
        raise NotAllowed("not_voidable", "The dossier is annulled already.", pointer="/sequence")
    kept = {name: entry.data[name] for name in _OPENING if name in entry.data}
    return replace(entry, data={**kept, "voided": at.isoformat()})


def _without_voided(
    entry: Entry, was: DossierState | None, state: DossierState | None, law_for: Callable[[Entry], Law | None]
) -> Entry | None:
    """The later entry decided again; None if it is not lawful without the voided one, or not at its unit."""
    if was is not None and state is not None and entry.type not in AUTOMATIC:
        by_holder = entry.unit == was.holder_unit and entry.unit != was.counter_unit
        if state.status is Status.ANNULLED and entry.type is not Action.PARTICULARS:
            return None
        if by_holder and entry.unit != state.holder_unit:
            return None
    try:
        return redecide(entry, state, law_for(entry))
    except CalendarMissing:
        raise
    except DomainError:
        return None


def _refuse(sequence: int, blocking: Sequence[Entry]) -> NoReturn:
    sequences = [entry.sequence for entry in blocking]
    later = ", ".join(f"{entry.sequence} ({entry.type})" for entry in reversed(blocking))
    raise NotAllowed(
        "later_entries",
        f"Later entries need entry {sequence}. Void them first, the last one first: {later}.",
        pointer="/sequence",
        entries=sequences,
    )


def _redecided(entry: Entry, state: DossierState | None, law_for: Callable[[Entry], Law | None]) -> Entry:
    try:
        return redecide(entry, state, law_for(entry))
    except CalendarMissing:
        raise
    except DomainError as refusal:
        raise NotAllowed(
            "journal_not_lawful", f"Entry {entry.sequence} ({entry.type}) would not be lawful: {refusal.detail}"
        ) from refusal


def _require_in_order(entry: Entry, state: DossierState) -> None:
    if entry.occurred_at < state.last_occurred_at:
        raise NotAllowed("journal_not_lawful", f"Entry {entry.sequence} would be earlier than the entry before it.")
