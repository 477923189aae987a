"""Units as official papers head and name them: the authority, the counter, and the places above them."""

from datetime import date
from typing import NamedTuple

from app.catalogue.cache import Reference
from app.catalogue.records import Unit


class Shop(NamedTuple):
    """The official name of a one-stop shop, and its mark in the numbers of papers."""

    name: str
    mark: str


_COMMITTEE = "Ủy ban nhân dân"
_SECTION = Shop("Bộ phận Tiếp nhận và Trả kết quả", "BPTNTKQ")
_CENTRE = Shop("Trung tâm Phục vụ hành chính công", "TTPVHCC")
# Since this day communes have centres too (Decree 118/2025/NĐ-CP article 7.3).
_CENTRES_IN_COMMUNES = date(2025, 7, 1)


def shop_of(unit: Unit, received: date) -> Shop:
    """The one-stop shop of a unit, by the local date on which the dossier was received.

    A commune that exists only since the reform has had a centre from its first day, for older dossiers too.
    """
    has_centre = max(received, unit.valid_from) >= _CENTRES_IN_COMMUNES
    is_centre = unit.kind == "province" or (unit.kind == "commune" and has_centre)
    return _CENTRE if is_centre else _SECTION


def among(unit: Unit) -> str:
    """A territory as it stands within a line: `xã Trà My`."""
    return f"{unit.type.lower()} {unit.name}"


def heading(reference: Reference, unit_id: int, received: date) -> dict[str, str]:
    """The left of a paper's head: the authority, `above`, and the issuer, `name`.

    The people's committee of a territory is above its one-stop shop, and above an office of the territory.
    """
    unit = reference.units[unit_id]
    if unit.kind == "office":
        parent = _parent(reference, unit)
        return {"above": _committee(parent) if parent else "", "name": unit.name}
    return {"above": _committee(unit), "name": shop_of(unit, received).name}


def _committee(unit: Unit) -> str:
    return f"{_COMMITTEE} {among(unit)}"


def _parent(reference: Reference, unit: Unit) -> Unit | None:
    return reference.units[unit.parent_id] if unit.parent_id is not None else None


def seat(reference: Reference, unit_id: int) -> str:
    """The name of the place before a paper's date: the territory's own name."""
    unit = reference.units[unit_id]
    parent = _parent(reference, unit)
    return parent.name if unit.kind == "office" and parent else unit.name


def counter(reference: Reference, unit_id: int, received: date) -> dict[str, str | None]:
    """The counter that serves the applicant: its whole name, its address and telephone."""
    unit = reference.units[unit_id]
    names = [unit.name if unit.kind == "office" else f"{shop_of(unit, received).name} {among(unit)}"]
    above = _parent(reference, unit)
    while above is not None:
        names.append(among(above))
        above = _parent(reference, above)
    return {"name": ", ".join(names), "address": unit.address, "phone": unit.phone}
