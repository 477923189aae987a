"""The world of simulated dossiers: applicants, officers, documents, and successions of units."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import Any

from app.catalogue.cache import Procedure, Reference, Unit, Version
from app.domain.lifecycle import Action
from app.domain.localtime import local_date
from app.domain.terms import Law
from app.dossiers.rows import Particulars
from app.loading.bulk.history import Act, History, HistoryBuilder
from app.loading.simulation.arrivals import Arrival
from app.loading.simulation.beside import people_beside
from app.loading.simulation.lives import COUNTER, PlannedAct, life
from app.loading.simulation.people import business, collector, group, person, staff
from app.loading.simulation.timing import Rates, Setting

CLIENT = "simulation"

# Shares of late results of units that are worse or better than most. The others have a random share between.
_LATE: Mapping[str, float] = {
    "515.05": 0.055,
    "515.12": 0.045,
    "515.06": 0.036,
    "515.11": 0.03,
    "515.04": 0.012,
    "515.03": 0.006,
    "515.01": 0.002,
}


class World:
    """Turns arrivals into histories; `beside` draws the people beside the applicants."""

    def __init__(self, reference: Reference, random: Random, beside: Random, now: datetime, rates: Rates) -> None:
        self._reference = reference
        self._random = random
        self._beside = beside
        self._now = now
        self._rates = rates
        self._staff: dict[int, Sequence[str]] = {}
        self._homes: dict[date, list[tuple[int, str]]] = {}
        self._offices: dict[tuple[int | None, date], list[int]] = {}
        self._late: dict[int, float] = {}
        self._ends = sorted(
            unit.valid_to for unit in reference.units.values() if unit.successor_id is not None and unit.valid_to
        )

    def history(self, arrival: Arrival) -> History:
        """The history of one dossier until now."""
        day = local_date(arrival.at)
        version = self._reference.version_on(arrival.procedure, day)
        about = self._about(arrival, version)
        receipt = {
            "procedure": arrival.procedure.id,
            "channel": arrival.channel,
            "receiving_unit": arrival.receiving.id,
            "responsible_unit": arrival.responsible.id,
            **_fee(version.fee or 0, arrival.channel),
        }
        others = people_beside(about.applicant, arrival.procedure, self._beside)
        acts = life(arrival.at, self._setting(arrival, version, about), receipt)
        builder = HistoryBuilder(self._reference, CLIENT)
        planned = next(acts)
        while planned.at <= self._now:
            self._add(builder, planned if builder.state else _with_words(planned, about, others), arrival)
            try:
                planned = acts.send(builder.present)
            except StopIteration:
                break
        self._follow_succession(builder, self._now)
        return History(
            procedure_id=arrival.procedure.id,
            about=replace(about, documents=_all_documents(builder)),
            recorded=builder.recorded,
            states=builder.states,
            agency=arrival.receiving.agency_identifier,
            day=day,
            officer=builder.officer,
        )

    def _add(self, builder: HistoryBuilder, planned: PlannedAct, arrival: Arrival) -> None:
        self._follow_succession(builder, planned.at)
        state = builder.state
        unit = arrival.receiving.id
        if state is not None:
            unit = state.counter_unit if planned.actor is COUNTER else state.holder_unit
        inputs = dict(planned.inputs)
        if "to_unit" in inputs:
            inputs["to_unit"] = self._reference.unit_on(inputs["to_unit"], local_date(planned.at)).id
        act = Act(planned.action, planned.at, unit, inputs, planned.words, self._officer(unit))
        builder.add(act, self._law(builder, planned, arrival), min(planned.at + planned.delay, self._now))

    def _follow_succession(self, builder: HistoryBuilder, at: datetime) -> None:
        today = local_date(at)
        if self._ends and self._ends[0] < today:
            builder.follow_succession(today, at)

    def _law(self, builder: HistoryBuilder, planned: PlannedAct, arrival: Arrival) -> Law | None:
        state = builder.state
        if state is not None and state.received_at is not None and state.procedure_version is not None:
            return self._reference.law(state.procedure_version, state.receiving_unit, state.received_at)
        if planned.action is not Action.RECEIVE:
            return None
        version = self._reference.version_on(arrival.procedure, local_date(planned.at))
        return self._reference.law(version.id, arrival.receiving.id, planned.at)

    def _setting(self, arrival: Arrival, version: Version, about: Particulars) -> Setting:
        land = "Đất đai" in arrival.procedure.field
        sessions, _revision = self._reference.sessions(arrival.receiving.id, arrival.at)
        return Setting(
            random=self._random,
            rates=self._rates,
            calendar=self._reference.calendar,
            sessions=sessions,
            channel=arrival.channel,
            consulted=self._consulted(arrival),
            late_share=self._late_share(arrival.responsible),
            pays=land,
            max_extension=version.max_extension,
            received_by=collector(about.applicant),
            return_method=about.return_method,
        )

    def _consulted(self, arrival: Arrival) -> int | None:
        """A random office of the same parent that may be consulted."""
        if arrival.responsible.kind != "office":
            return None
        key = (arrival.responsible.parent_id, local_date(arrival.at))
        if key not in self._offices:
            parent, day = key
            self._offices[key] = sorted(
                unit.id
                for unit in self._reference.units.values()
                if unit.kind == "office" and unit.parent_id == parent and unit.valid_on(day)
            )
        office = self._random.choice(self._offices[key])
        return None if office == arrival.responsible.id else office

    def _about(self, arrival: Arrival, version: Version) -> Particulars:
        random, day = self._random, local_date(arrival.at)
        if day not in self._homes:
            units = self._reference.units.values()
            communes = (unit for unit in units if unit.kind == "commune" and unit.valid_on(day))
            self._homes[day] = sorted((unit.id, unit.name) for unit in communes)
        own = (arrival.receiving.id, arrival.receiving.name)
        homes = self._homes[day]
        home = own if arrival.receiving.kind == "commune" or not homes else random.choice(homes)
        return Particulars(
            applicant=_applicant(arrival.procedure, random, home),
            summary=_summary(arrival.procedure),
            documents=_documents(version, random),
            return_method="postal" if arrival.channel == "postal" or random.random() < 0.04 else "counter",
        )

    def _late_share(self, unit: Unit) -> float:
        if unit.id not in self._late:
            self._late[unit.id] = _late_share(unit)
        return self._late[unit.id]

    def _officer(self, unit_id: int) -> str:
        if unit_id not in self._staff:
            unit = self._reference.units[unit_id]
            self._staff[unit_id] = staff(f"{unit.code} {unit.name}", 4 if unit.kind == "commune" else 3)
        return self._random.choice(self._staff[unit_id])


def _with_words(opening: PlannedAct, about: Particulars, others: Mapping[str, Any]) -> PlannedAct:
    """The first act with its documents and the people beside the applicant."""
    return opening._replace(words={**opening.words, **others, "documents": list(about.documents)})


def _fee(fee: int, channel: str) -> dict[str, Any]:
    """The fee of a receipt, in cash at the counter."""
    return {"fee": fee, **({"fee_method": "portal" if channel == "online" else "cash"} if fee else {})}


def _all_documents(builder: HistoryBuilder) -> list[Mapping[str, Any]]:
    """The documents of the first act and of each supplement."""
    types = (Action.SUBMIT, Action.RECEIVE, Action.SUPPLEMENT)
    return [
        document
        for record in builder.recorded
        if record.entry.type in types
        for document in record.texts.get("documents", ())
    ]


def _late_share(unit: Unit) -> float:
    share = _LATE.get(unit.code) if unit.kind == "office" else None
    if share is not None:
        return share
    return Random(f"late {unit.code} {unit.name}").uniform(0.004, 0.022)  # noqa: S311 – no secret


def _applicant(procedure: Procedure, random: Random, home: tuple[int, str]) -> dict[str, Any]:
    if "hộ kinh doanh" in procedure.field or "tổ hợp tác" in procedure.field:
        return business(random, home)
    if "hòa giải" in procedure.field.lower() or "Thi đua" in procedure.field:
        return group(random, home)
    return person(random, home)


def _summary(procedure: Procedure) -> str:
    name = procedure.name.removeprefix("Thủ tục ").split(" đối với ")[0]
    return name[:1].upper() + name[1:]


def _documents(version: Version, random: Random) -> list[dict[str, Any]]:
    # Drawn in any case, so that papers of a procedure change no other data of a seed.
    with_identity = random.random() < 0.7
    if version.documents:
        needed = (document for document in version.documents if "when" not in document)
        return [
            {"name": document["name"], "form": document.get("form", "original"), "copies": document.get("copies", 1)}
            for document in needed
        ]
    papers = [{"name": "Tờ khai", "form": "original", "copies": 1}]
    if with_identity:
        papers.append({"name": "Căn cước công dân", "form": "certified_copy", "copies": 1})
    return papers
