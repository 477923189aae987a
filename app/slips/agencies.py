"""Units as official papers head and name them: the authority, the counter, and the places above them."""

from app.catalogue.cache import Reference
from app.catalogue.records import Unit

_COMMITTEE = "Ủy ban nhân dân"
COUNTER = "Bộ phận Tiếp nhận và Trả kết quả"
_CENTRE = "Trung tâm Phục vụ hành chính công"


def among(unit: Unit) -> str:
    """A territory as it stands within a line: `xã Trà My`."""
    return f"{unit.type.lower()} {unit.name}"


def heading(reference: Reference, unit_id: int) -> dict[str, str]:
    """The left of a paper's head: whose it is, `above`, and who gives it out, `name`.

    A territory's people's committee stands above its counter (of a province: its centre), and above an office the
    committee of the territory.
    """
    unit = reference.units[unit_id]
    if unit.kind == "office":
        parent = _parent(reference, unit)
        return {"above": _committee(parent) if parent else "", "name": unit.name}
    return {"above": _committee(unit), "name": _CENTRE if unit.kind == "province" else COUNTER}


def _committee(unit: Unit) -> str:
    return f"{_COMMITTEE} {among(unit)}"


def _parent(reference: Reference, unit: Unit) -> Unit | None:
    return reference.units[unit.parent_id] if unit.parent_id is not None else None


def seat(reference: Reference, unit_id: int) -> str:
    """The name of the place before a paper's date: the territory's own name."""
    unit = reference.units[unit_id]
    parent = _parent(reference, unit)
    return parent.name if unit.kind == "office" and parent else unit.name


def counter(reference: Reference, unit_id: int) -> dict[str, str | None]:
    """Where the applicant is served: the counter's whole name, its address and telephone."""
    unit = reference.units[unit_id]
    if unit.kind == "office":
        names = [unit.name]
    else:
        names = [f"{_CENTRE if unit.kind == 'province' else COUNTER} {among(unit)}"]
    above = _parent(reference, unit)
    while above is not None:
        names.append(among(above))
        above = _parent(reference, above)
    return {"name": ", ".join(names), "address": unit.address, "phone": unit.phone}
