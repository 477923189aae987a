"""Names of units on official papers: the authority in the head, the counter, and the territories above it."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.catalogue.cache import Reference
from app.catalogue.records import Unit


class OneStopShop(NamedTuple):
    """The official name of a one-stop shop, and its abbreviation in the numbers of papers."""

    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The left head of a paper: the authority `above`, and the issuer."""

    above: str
    name: str


@dataclass(frozen=True, slots=True)
class CounterContact:
    """The counter that serves the applicant: its full name, address and telephone."""

    name: str
    address: str | None
    phone: str | None


_COMMITTEE = "Ủy ban nhân dân"
_SECTION = OneStopShop("Bộ phận Tiếp nhận và Trả kết quả", "BPTNTKQ")
_CENTRE = OneStopShop("Trung tâm Phục vụ hành chính công", "TTPVHCC")
# From this day communes have centres too (Decree 118/2025/NĐ-CP article 7.3).
_CENTRES_IN_COMMUNES = date(2025, 7, 1)


def shop_of(unit: Unit, received: date) -> OneStopShop:
    """The one-stop shop of a unit, by the local date of the dossier's receipt.

    A commune founded after the reform has a centre for older dossiers too.
    """
    has_centre = max(received, unit.valid_from) >= _CENTRES_IN_COMMUNES
    is_centre = unit.kind == "province" or (unit.kind == "commune" and has_centre)
    return _CENTRE if is_centre else _SECTION


def name_in_text(unit: Unit) -> str:
    """The name of a territory within a sentence: `xã Trà My`."""
    return f"{unit.type.lower()} {unit.name}"


def heading(reference: Reference, unit_id: int, received: date) -> Heading:
    """The head for a unit: a territory's people's committee is above its one-stop shop, and above its offices."""
    unit = reference.units[unit_id]
    if unit.kind == "office":
        parent = _parent(reference, unit)
        return Heading(_committee(parent) if parent else "", unit.name)
    return Heading(_committee(unit), shop_of(unit, received).name)


def _committee(unit: Unit) -> str:
    return f"{_COMMITTEE} {name_in_text(unit)}"


def _parent(reference: Reference, unit: Unit) -> Unit | None:
    return reference.units[unit.parent_id] if unit.parent_id is not None else None


def seat(reference: Reference, unit_id: int) -> str:
    """The place before the date of a paper: the name of the territory."""
    unit = reference.units[unit_id]
    parent = _parent(reference, unit)
    return parent.name if unit.kind == "office" and parent else unit.name


def counter(reference: Reference, unit_id: int, received: date) -> CounterContact:
    """The counter of a unit; its name ends with the territories above it."""
    unit = reference.units[unit_id]
    names = [unit.name if unit.kind == "office" else f"{shop_of(unit, received).name} {name_in_text(unit)}"]
    above = _parent(reference, unit)
    while above is not None:
        names.append(name_in_text(above))
        above = _parent(reference, above)
    return CounterContact(", ".join(names), unit.address, unit.phone)
