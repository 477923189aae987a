"""The rules that a receipt falls under: its regime, another area, limits of the area (rules §4, §15)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.catalogue.records import Unit, Version
from app.domain.calendar import local_date
from app.domain.errors import Invalid
from app.domain.regimes import regime_on

# Inputs of a receipt that come from here. A correction of the receipt resolves them again.
RECEIPT_RULES = frozenset({"regime", "another_area", "traits", "limits_of"})


def receipt_rules(
    reference: Reference,
    version: Version,
    receiving: Unit,
    responsible: Unit,
    at: datetime,
    another_area: bool | None = None,
) -> dict[str, Any]:
    """The inputs of a receipt that fix its rules (rules §4, §15).

    `another_area` is the statement of the clerk; None: it follows from the units. Raises Invalid `another_area_is_own`.
    """
    regime = regime_on(local_date(at))
    inputs: dict[str, Any] = {"regime": regime.code}
    if another_area and receiving.id == responsible.id:
        raise Invalid(
            "another_area_is_own",
            "The receiving unit is responsible itself, so the dossier is not for another area.",
            pointer="/another_area",
        )
    if regime.starts_at_competent_agency:
        if another_area is None:
            another_area = _is_another_area(reference, receiving, responsible)
        inputs |= {"another_area": True} if another_area else {}
    if version.special.surcharges:
        here = {trait for unit in _upwards(reference, responsible) for trait in unit.traits}
        traits = {surcharge.trait for surcharge in version.special.surcharges} & here
        inputs |= {"traits": sorted(traits)} if traits else {}
    if version.special.local_limits:
        above = (unit.id for unit in _upwards(reference, responsible) if unit.id in version.special.local_limits)
        province = next(above, None)
        inputs |= {"limits_of": province} if province is not None else {}
    return inputs


def _is_another_area(reference: Reference, receiving: Unit, responsible: Unit) -> bool:
    """True if neither area contains the other: a commune receives for another commune (rules §15, rule 15.3)."""
    here, there = _area(reference, receiving), _area(reference, responsible)
    return here not in _upwards(reference, there) and there not in _upwards(reference, here)


def _area(reference: Reference, unit: Unit) -> Unit:
    """The territorial unit that a unit belongs to: its own, for an office the one above."""
    return next((above for above in _upwards(reference, unit) if above.kind != "office"), unit)


def _upwards(reference: Reference, unit: Unit) -> Iterator[Unit]:
    """The unit and all units above it."""
    current: Unit | None = unit
    while current is not None:
        yield current
        current = reference.units[current.parent_id] if current.parent_id is not None else None
