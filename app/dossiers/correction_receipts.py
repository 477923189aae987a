"""Finds the rules of a receipt again: of a corrected receipt, and of one after a corrected entry (rules §4, §15)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.catalogue.cache import Reference
from app.domain.calendar import local_date
from app.domain.lifecycle import Action, Entry, state_before
from app.domain.regimes import regime_of
from app.domain.state import DossierState
from app.dossiers.receipt_rules import RECEIPT_RULES, receipt_rules


def rules_again(
    reference: Reference,
    journal: Sequence[Entry],
    old: Entry,
    procedure_id: int,
    changed: Entry,
    state: DossierState | None,
    stated: bool | None = None,
) -> dict[str, Any]:
    """The rules of the receipt `changed`, which was `old`.

    `journal` is the one before the correction. `state` is the one before the changed receipt, None for a first entry.
    Another area stays as it was, unless the clerk states it or another unit is responsible.
    """
    before = state_before(journal, old.sequence)
    receiving, responsible = _units(changed.data, state)
    knew_areas = regime_of(old.data["regime"]).starts_at_competent_agency
    if stated is None and knew_areas and responsible == _units(old.data, before)[1]:
        stated = bool(old.data.get("another_area"))
    version = reference.version_on(reference.procedures[procedure_id], local_date(changed.occurred_at))
    units = reference.units
    return receipt_rules(reference, version, units[receiving], units[responsible], changed.occurred_at, stated)


def later_receipt(
    reference: Reference, journal: Sequence[Entry], procedure_id: int
) -> Callable[[Entry, DossierState | None], Entry]:
    """A function that gives a receipt the rules that follow from the state before it, as corrected."""

    def follow(entry: Entry, state: DossierState | None) -> Entry:
        if entry.type is not Action.RECEIVE or "regime" not in entry.data:
            return entry
        rules = rules_again(reference, journal, entry, procedure_id, entry, state)
        kept = {name: value for name, value in entry.data.items() if name not in RECEIPT_RULES}
        return replace(entry, data={**kept, **rules})

    return follow


def _units(inputs: Mapping[str, Any], state: DossierState | None) -> tuple[int, int]:
    """The units that receive and that are responsible, by the receipt or by the state before it.

    A dossier that was only submitted is received by its counter unit: the receiving unit may have a successor.
    """
    if state is None:
        return inputs["receiving_unit"], inputs["responsible_unit"]
    return state.counter_unit, inputs.get("responsible_unit", state.responsible_unit)
