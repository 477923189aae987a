"""Workload as rows: the counts, the flows and the forecast of each row, and their total."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.cache import Reference
from app.statistics.on_time.counts import Figures
from app.statistics.on_time.presenting import TOTAL
from app.statistics.workload.ages import LAST_BAND, OVERDUE_BANDS, SUSPENDED_BANDS, WINDOW_DAYS
from app.statistics.workload.forecast import LEVELS, NO_BASIS, Forecast
from app.statistics.workload.schemas import (
    WorkloadArrivalsOut,
    WorkloadDeparturesOut,
    WorkloadForecastOut,
    WorkloadOverdueOut,
    WorkloadRowOut,
    WorkloadSuspendedOut,
)

# A unit's id, and the officer where rows are officers.
Key = tuple[Any, ...]

_CHANNELS = ("received.counter", "received.online", "received.postal")
_VERDICTS = ("finished.early", "finished.on_time", "finished.late")


@dataclass(slots=True)
class Load:
    """The counts of one row; `flows` and `forecast` are None if the question has none."""

    counts: Counter[str] = field(default_factory=Counter)
    flows: Figures | None = None
    forecast: Forecast | None = None

    @property
    def empty(self) -> bool:
        """True if no dossier is open, and none came or left."""
        return not self.counts["open"] and not any((self.flows or {}).values())

    def include(self, other: "Load") -> None:
        """Adds another row with the same parts."""
        self.counts.update(other.counts)
        if self.flows is not None and other.flows is not None:
            self.flows.update(other.flows)
        if self.forecast is not None and other.forecast is not None:
            self.forecast.include(other.forecast)


def rows_of(loads: Mapping[Key, Load], reference: Reference) -> list[WorkloadRowOut]:
    """The rows by the unit's code and the officer's name; dossiers without an officer come first."""

    def place(key: Key) -> tuple[str, int, str]:
        return reference.units[key[0]].code, key[0], _officer(key) or ""

    rows = []
    for key in sorted(loads, key=place):
        unit = reference.units[key[0]]
        rows.append(_row(unit.code, unit.id, unit.name, _officer(key), loads[key]))
    return rows


def total_of(loads: Mapping[Key, Load], empty: Load, language: str) -> WorkloadRowOut:
    """The sum of all rows; `empty` is a row of zeros with the same parts."""
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
        overdue=WorkloadOverdueOut(**_bands("overdue", OVERDUE_BANDS, counts)),
        suspended=WorkloadSuspendedOut(**_bands("suspended", SUSPENDED_BANDS, counts)),
        idle=counts["idle"],
        arriving=None if load.flows is None else _arrivals(load.flows),
        leaving=None if load.flows is None else _departures(load.flows),
        projection=None if load.forecast is None else _forecast(load.forecast),
    )


def _bands(name: str, bands: Mapping[str, int], counts: Counter[str]) -> dict[str, int]:
    return {band: counts[f"{name}.{band}"] for band in ("total", *bands, LAST_BAND)}


def _arrivals(flows: Figures) -> WorkloadArrivalsOut:
    received, moved = sum(flows[channel] for channel in _CHANNELS), flows["moved_in"]
    return WorkloadArrivalsOut(received=received, moved_in=moved, per_working_day=per_day(received + moved))


def _departures(flows: Figures) -> WorkloadDeparturesOut:
    parts = {
        "finished": sum(flows[verdict] for verdict in _VERDICTS),
        "withdrawn": flows["withdrawn.total"],
        "discontinued": flows["discontinued.total"],
        "moved_out": flows["moved_out"],
    }
    return WorkloadDeparturesOut(**parts, per_working_day=per_day(sum(parts.values())))


def _forecast(forecast: Forecast) -> WorkloadForecastOut:
    compared = sum(forecast.dossiers[level] for level in LEVELS)
    alone = forecast.dossiers[NO_BASIS]
    return WorkloadForecastOut(
        in_time=compared + alone,
        expected_late=round(forecast.expected, 1) if compared or not alone else None,
        **{f"by_{level}": forecast.dossiers[level] for level in LEVELS},
        not_compared=alone,
    )


def per_day(dossiers: int) -> float:
    """A number in the window as a number per working day, halves of the second decimal rounded up."""
    return (200 * dossiers + WINDOW_DAYS) // (2 * WINDOW_DAYS) / 100
