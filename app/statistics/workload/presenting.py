"""The workload as rows: what was counted put together, row by row and in total."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.cache import Reference
from app.statistics.on_time.counts import Figures
from app.statistics.on_time.presenting import TOTAL
from app.statistics.workload.ages import LAST_BAND, OVERDUE_BANDS, SUSPENDED_BANDS, WINDOW_DAYS
from app.statistics.workload.forecast import LEVELS, NO_BASIS, Projection
from app.statistics.workload.schemas import (
    ArrivingOut,
    LeavingOut,
    OverdueOut,
    ProjectionOut,
    SuspendedOut,
    WorkloadRowOut,
)

# A unit's id, and the officer where rows are officers.
Key = tuple[Any, ...]

_CHANNELS = ("received.counter", "received.online", "received.postal")
_VERDICTS = ("finished.early", "finished.on_time", "finished.late")


@dataclass(slots=True)
class Load:
    """What is counted in one row; `flows` and `projection` are None where they are not told."""

    counts: Counter[str] = field(default_factory=Counter)
    flows: Figures | None = None
    projection: Projection | None = None

    @property
    def empty(self) -> bool:
        """Nothing is open, and nothing came or went."""
        return not self.counts["open"] and not any((self.flows or {}).values())

    def include(self, other: "Load") -> None:
        """Count all that another row has counted; both tell the same parts."""
        self.counts.update(other.counts)
        if self.flows is not None and other.flows is not None:
            self.flows.update(other.flows)
        if self.projection is not None and other.projection is not None:
            self.projection.include(other.projection)


def rows_of(loads: Mapping[Key, Load], reference: Reference) -> list[WorkloadRowOut]:
    """The rows by the unit's code and the officer's name; nobody stands first."""

    def place(key: Key) -> tuple[str, int, str]:
        return reference.units[key[0]].code, key[0], _officer(key) or ""

    found = []
    for key in sorted(loads, key=place):
        unit = reference.units[key[0]]
        found.append(_row(unit.code, unit.id, unit.name, _officer(key), loads[key]))
    return found


def total_of(loads: Mapping[Key, Load], empty: Load, language: str) -> WorkloadRowOut:
    """The sum of all rows, begun from an `empty` one that tells what they tell."""
    for load in loads.values():
        empty.include(load)
    return _row("total", None, TOTAL[language], None, empty)


def _officer(key: Key) -> str | None:
    officer: str | None = key[1] if len(key) == 2 else None
    return officer


def _row(key: str, unit_id: int | None, name: str, officer: str | None, load: Load) -> WorkloadRowOut:
    counts = load.counts
    return WorkloadRowOut(
        key=key,
        id=unit_id,
        name=name,
        officer=officer,
        open=counts["open"],
        not_taken=counts["not_taken"],
        due_today=counts["due_today"],
        due_soon=counts["due_soon"],
        overdue=OverdueOut(**_bands("overdue", OVERDUE_BANDS, counts)),
        suspended=SuspendedOut(**_bands("suspended", SUSPENDED_BANDS, counts)),
        idle=counts["idle"],
        arriving=None if load.flows is None else _arriving(load.flows),
        leaving=None if load.flows is None else _leaving(load.flows),
        projection=None if load.projection is None else _projected(load.projection),
    )


def _bands(name: str, bands: Mapping[str, int], counts: Counter[str]) -> dict[str, int]:
    return {band: counts[f"{name}.{band}"] for band in ("total", *bands, LAST_BAND)}


def _arriving(flows: Figures) -> ArrivingOut:
    received, moved = sum(flows[channel] for channel in _CHANNELS), flows["moved_in"]
    return ArrivingOut(received=received, moved_in=moved, per_working_day=per_day(received + moved))


def _leaving(flows: Figures) -> LeavingOut:
    parts = {
        "finished": sum(flows[verdict] for verdict in _VERDICTS),
        "withdrawn": flows["withdrawn.total"],
        "discontinued": flows["discontinued.total"],
        "moved_out": flows["moved_out"],
    }
    return LeavingOut(**parts, per_working_day=per_day(sum(parts.values())))


def _projected(projection: Projection) -> ProjectionOut:
    compared = sum(projection.dossiers[level] for level in LEVELS)
    alone = projection.dossiers[NO_BASIS]
    return ProjectionOut(
        in_time=compared + alone,
        expected_late=round(projection.expected, 1) if compared or not alone else None,
        **{f"by_{level}": projection.dossiers[level] for level in LEVELS},
        not_compared=alone,
    )


def per_day(dossiers: int) -> float:
    """So many in the window as so many per working day, halves of the second decimal rounded up."""
    return (200 * dossiers + WINDOW_DAYS) // (2 * WINDOW_DAYS) / 100
