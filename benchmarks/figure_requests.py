"""Requests of the figures' benchmark, each with its name, its path and the aim for its time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from benchmarks.province import ROOT

_FIGURES = "/api/v1/statistics"
_COMMUNE, _OFFICE = "30101", f"{ROOT}.01"
_PROCEDURE, _FIELD = "1.004873", "Hộ tịch"

Period = tuple[date, date]


@dataclass(frozen=True, slots=True)
class FigureRequest:
    """One figure. The aim for a `flat` one is the same time for any number of dossiers."""

    name: str
    path: str
    flat: bool = True


def by_commune(period: Period) -> str:
    """The path of the figure that is compared with other ways of counting."""
    return _path("on-time", period, by="commune")


def everything(year: Period, month: Period) -> Iterator[FigureRequest]:
    """All figures, for a year and for a month in it."""
    for length, period in (("a month", month), ("a year", year)):
        for by in ("office", "commune", "field", "procedure"):
            yield FigureRequest(f"on-time by {by}, {length}", _path("on-time", period, by=by))
    free = (date(year[0].year, 3, 9), date(year[0].year, 11, 22))
    yield FigureRequest("on-time by commune, 9 March to 22 November", by_commune(free))
    so_far = (date(year[0].year + 1, 1, 1), date(year[0].year + 1, 12, 31))
    yield FigureRequest("on-time by commune, the current year", by_commune(so_far))
    yield from _filtered(year)
    yield FigureRequest("form II.06a of a commune, a year", _path("form-ii-06a", year, unit=_COMMUNE, rows="fields"))
    yield FigureRequest("form II.06a of an office, a year", _path("form-ii-06a", year, unit=_OFFICE, rows="fields"))
    yield FigureRequest("form II.06a of all units, a year", _path("form-ii-06a", year, unit=ROOT, rows="units"))
    yield FigureRequest("workload of a commune", f"{_FIGURES}/workload?unit={_COMMUNE}")
    yield FigureRequest("workload of all units", f"{_FIGURES}/workload")
    yield FigureRequest("ranking of communes, a year", _path("ranking", year, of="commune"))
    yield FigureRequest("trend of 12 months", _path("trend", year, by="commune"))


def _filtered(year: Period) -> Iterator[FigureRequest]:
    filters = {
        "one field": {"by": "commune", "field": _FIELD},
        "online": {"by": "commune", "channel": "online"},
        "a commune and a procedure": {"by": "channel", "unit": _COMMUNE, "procedure": _PROCEDURE},
        "a commune and a field": {"by": "procedure", "unit": _COMMUNE, "field": _FIELD},
    }
    for name, parameters in filters.items():
        yield FigureRequest(f"on-time of {name}, a year", _path("on-time", year, **parameters), flat=False)


def _path(figure: str, period: Period, **parameters: str) -> str:
    first, last = period
    return f"{_FIGURES}/{figure}?{urlencode({**parameters, 'from': first.isoformat(), 'to': last.isoformat()})}"
