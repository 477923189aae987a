"""Arrivals of a simulated period: time, unit and procedure, with the weekdays and hours of real counters."""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from app.catalogue.cache import Procedure, Reference, Unit, Version
from app.domain.errors import Invalid
from app.domain.localtime import at_minute
from app.domain.working_days import WorkingCalendar
from app.loading.simulation.timing import Rates

T = TypeVar("T")

# An office without a successor receives nothing this long before its end, because no unit could finish its dossiers.
_WINDING_UP = timedelta(days=150)

# Shares of the district's 13 communes, and of the five of today, roughly by population (illustrative). The keys are
# agency identifiers, because codes are re-used.
_COMMUNES: Mapping[str, float] = {
    "000.31.15.H47": 17.0,  # Trà My (thị trấn)
    "000.32.15.H47": 9.2,  # Trà Sơn
    "000.33.15.H47": 5.1,  # Trà Kót
    "000.34.15.H47": 4.2,  # Trà Nú
    "000.35.15.H47": 6.8,  # Trà Đông
    "000.36.15.H47": 7.6,  # Trà Dương
    "000.37.15.H47": 6.4,  # Trà Giang
    "000.38.15.H47": 9.6,  # Trà Bui
    "000.39.15.H47": 6.0,  # Trà Đốc
    "000.40.15.H47": 6.1,  # Trà Tân
    "000.41.15.H47": 6.6,  # Trà Giác
    "000.42.15.H47": 6.9,  # Trà Giáp
    "000.43.15.H47": 4.5,  # Trà Ka
    "000.00.44.H17": 36.0,  # Trà My (xã)
    "000.00.45.H17": 16.0,  # Trà Liên
    "000.00.46.H17": 15.0,  # Trà Đốc
    "000.00.47.H17": 13.0,  # Trà Tân
    "000.00.48.H17": 12.0,  # Trà Giáp
}
_COMMUNE = 7.0

# Relative frequency of each procedure (illustrative).
_PROCEDURES: Mapping[str, float] = {
    "2.000908": 18, "1.001193": 12, "1.004873": 14, "1.000894": 6, "1.000656": 5, "1.004859": 2.5, "1.004884": 2,
    "1.004772": 1, "1.001022": 0.4, "1.004746": 0.3, "1.005461": 0.4, "1.004837": 0.3, "1.004845": 0.1,
    "2.000986": 3, "2.001023": 2, "1.004222": 6, "1.004194": 5, "1.010041": 3, "1.010038": 1.2, "1.003197": 0.6,
    "1.002755": 0.5, "2.000528": 0.2, "2.000806": 0.3, "2.000748": 0.2, "2.000779": 0.2, "1.001695": 0.1,
    "1.012753": 0.4, "1.012796": 2.4, "1.012817": 1.2, "1.013979": 0.7, "1.013949": 2.4, "1.012812": 0.8,
    "1.013967": 0.2, "1.013225": 2.4, "1.013226": 0.3, "1.013227": 0.3, "1.013228": 0.2, "1.013229": 0.8,
    "2.000720": 2.6, "1.001570": 0.7, "1.001266": 0.8, "2.000575": 0.7, "1.011607": 2.4, "1.011608": 1.4,
    "1.012888": 0.1, "1.014832": 0.3, "9.000001": 1.6, "9.000002": 1.6, "9.000003": 1.2, "9.000005": 0.9,
    "9.000006": 0.9, "9.000008": 1.3, "9.000009": 0.8,
}  # fmt: skip
_PROCEDURE = 0.5

# Relative frequency by weekday from Monday to Friday, and of online applications on a day off.
_WEEKDAYS = (1.35, 1.08, 0.98, 0.88, 0.82)
_DAY_OFF = 0.12
# Relative frequency by month. People wait before Tết and come after it.
_MONTHS = (0.86, 0.78, 1.12, 1.02, 1.0, 1.03, 0.98, 1.0, 1.02, 1.05, 1.08, 1.1)
# Relative frequency by half-hour (its start in minutes): at the counter, and online.
_AT_COUNTER = {
    420: 5, 450: 9, 480: 14, 510: 15, 540: 14, 570: 10, 600: 7, 630: 5, 660: 2,
    810: 6, 840: 11, 870: 10, 900: 6, 930: 4, 960: 3, 990: 1,
}  # fmt: skip
_ONLINE = {minute: (2 if minute < 420 else 6 if minute < 1020 else 5) for minute in range(360, 1380, 30)}
# Share of an office's dossiers that a commune's counter receives and forwards.
_AT_COMMUNE = 0.32


@dataclass(frozen=True, slots=True)
class Arrival:
    """One application: time, channel, procedure and units."""

    at: datetime
    channel: str
    procedure: Procedure
    receiving: Unit
    responsible: Unit


class WeightedChoice(Generic[T]):
    """A random choice with weights."""

    __slots__ = ("_options", "_sums")

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = [(option, weight) for option, weight in weighted if weight > 0]
        self._options = [option for option, _weight in pairs]
        self._sums = list(accumulate(weight for _option, weight in pairs))

    def draw(self, random: Random) -> T:
        return self._options[bisect(self._sums, random.random() * self._sums[-1])]

    def __bool__(self) -> bool:
        return bool(self._options)


def arrivals(
    reference: Reference, random: Random, number: int, period: tuple[date, date], until: datetime, rates: Rates
) -> Sequence[Arrival]:
    """`number` arrivals in the period (last day inclusive) until `until`, by time.

    The same `random` gives the same arrivals. Raises Invalid `nothing_to_simulate` if no unit can receive anything.
    """
    start, end = period
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    days = [day for day in days if at_minute(day, 420) <= until]
    calendar = reference.calendar
    working = [day for day in days if calendar.is_working_day(day)]
    at_counter = WeightedChoice((day, _weight(day, calendar)) for day in working)
    online = WeightedChoice((day, _weight(day, calendar)) for day in days)
    offers = _Offers(reference)
    if not at_counter or not any(offers.on(day) for day in working):
        raise Invalid("nothing_to_simulate", "In this period no office is open or no procedure is in force.")
    channels = WeightedChoice(
        [("counter", 1 - rates.online - rates.postal), ("online", rates.online), ("postal", rates.postal)]
    )
    drawn: list[Arrival] = []
    # A draw is repeated if it is later than `until`, or if the procedure does not have the channel.
    while len(drawn) < number:
        channel = channels.draw(random)
        day = (online if channel == "online" else at_counter).draw(random)
        minute = (_HOUR_ONLINE if channel == "online" else _HOUR_AT_COUNTER).draw(random) + random.randrange(30)
        at = at_minute(day, minute) + timedelta(seconds=random.randrange(60))
        offer = offers.on(day)
        if at > until or not offer:
            continue
        procedure, version = offer.draw(random)
        if version.limits.get(channel) is not None:
            drawn.append(offers.arrival(at, day, channel, procedure, version, random))
    # Codes are issued in order of time.
    drawn.sort(key=lambda arrival: arrival.at)
    return drawn


class _Offers:
    """The procedures and communes of a date."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._units = sorted(reference.units.values(), key=lambda unit: unit.id)
        self._procedures = sorted(reference.procedures.values(), key=lambda procedure: procedure.code)
        self._offers: dict[tuple[frozenset[int], frozenset[int]], WeightedChoice[tuple[Procedure, Version]]] = {}
        self._by_day: dict[date, tuple[WeightedChoice[tuple[Procedure, Version]], WeightedChoice[Unit]]] = {}
        self._by_units_and_versions: dict[
            tuple[int, ...], tuple[WeightedChoice[tuple[Procedure, Version]], WeightedChoice[Unit]]
        ] = {}

    def on(self, day: date) -> WeightedChoice[tuple[Procedure, Version]]:
        return self._day(day)[0]

    def arrival(
        self, at: datetime, day: date, channel: str, procedure: Procedure, version: Version, random: Random
    ) -> Arrival:
        communes, office = self._day(day)[1], self._office(version, day)
        if office is None:
            commune = communes.draw(random)
            answering = self._reference.answering(commune, procedure.field, day)
            return Arrival(at, channel, procedure, commune, answering)
        at_commune = bool(communes) and random.random() < _AT_COMMUNE
        return Arrival(at, channel, procedure, communes.draw(random) if at_commune else office, office)

    def _day(self, day: date) -> tuple[WeightedChoice[tuple[Procedure, Version]], WeightedChoice[Unit]]:
        if day not in self._by_day:
            units = [unit for unit in self._units if unit.valid_from <= day and _can_finish(unit, day)]
            versions = [(procedure, _in_force(procedure, day)) for procedure in self._procedures]
            key = (*(unit.id for unit in units), -1, *(version.id for _p, version in versions if version))
            # The offers stay the same for weeks and months.
            if key not in self._by_units_and_versions:
                communes = [unit for unit in units if unit.kind == "commune"]
                self._by_units_and_versions[key] = (
                    WeightedChoice(
                        ((procedure, version), _PROCEDURES.get(procedure.code, _PROCEDURE))
                        for procedure, version in versions
                        if version and self._is_offered(version, day, communes)
                    ),
                    WeightedChoice((unit, _COMMUNES.get(unit.agency_identifier, _COMMUNE)) for unit in communes),
                )
            self._by_day[day] = self._by_units_and_versions[key]
        return self._by_day[day]

    def _is_offered(self, version: Version, day: date, communes: Sequence[Unit]) -> bool:
        if not any(version.limits.values()):
            return False
        if version.responsible_unit_id is None:
            return bool(communes)
        office = self._office(version, day)
        return office is not None and office.valid_from <= day and _can_finish(office, day)

    def _office(self, version: Version, day: date) -> Unit | None:
        if version.responsible_unit_id is None:
            return None
        try:
            return self._reference.unit_on(version.responsible_unit_id, day)
        except Invalid:
            return None


def _can_finish(unit: Unit, day: date) -> bool:
    """True if dossiers received on the day can be finished: the unit has a successor, or lasts long enough."""
    if unit.valid_to is None:
        return True
    return day <= unit.valid_to if unit.successor_id is not None else day + _WINDING_UP <= unit.valid_to


def _in_force(procedure: Procedure, day: date) -> Version | None:
    for version in procedure.versions:
        if version.effective_from <= day and (version.effective_to is None or day <= version.effective_to):
            return version
    return None


def _weight(day: date, calendar: WorkingCalendar) -> float:
    base = _WEEKDAYS[min(day.weekday(), 4)] if calendar.is_working_day(day) else _DAY_OFF
    return base * _MONTHS[day.month - 1]


_HOUR_AT_COUNTER = WeightedChoice(_AT_COUNTER.items())
_HOUR_ONLINE = WeightedChoice(_ONLINE.items())
