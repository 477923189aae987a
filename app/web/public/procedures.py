"""The facts of the public posting of procedures: limits, fees and papers in words, and the due date calculator."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from app.catalogue.cache import Reference
from app.catalogue.parameters import ProcedureQuery, procedure_filter
from app.catalogue.presenting import ProcedureRecord, RouteStep, TimeLimitOut, VersionOut, procedure_out
from app.catalogue.queries import find_procedure, list_procedures, page_of, procedure_key
from app.catalogue.records import CHANNELS
from app.domain.limits import LimitUnit
from app.domain.localtime import local
from app.http.wire_types import validated
from app.lookup.explanation import explained
from app.lookup.parameters import case_asked
from app.lookup.schemas import DeadlineIn, DeadlineOut
from app.lookup.texts import Words
from app.statistics.on_time.presenting import CHANNEL_NAMES, LEVEL_NAMES
from app.text_input import fold

_LIMITS: Mapping[str, Words] = {
    LimitUnit.WORKING_DAY: Words("{amount} ngày làm việc", "working days: {amount}"),
    LimitUnit.CALENDAR_DAY: Words("{amount} ngày", "days: {amount}"),
    LimitUnit.MONTH: Words("{amount} tháng", "months: {amount}"),
    LimitUnit.SAME_DAY: Words("Trong ngày", "the same day"),
    LimitUnit.WORKING_HOUR: Words("{amount} giờ làm việc", "working hours: {amount}"),
}
_PLACES: Mapping[str, Words] = {
    "receiving": Words("Nơi tiếp nhận", "Receiving unit"),
    "responsible": Words("Cơ quan giải quyết", "Responsible authority"),
}
_FORMS: Mapping[str, Words] = {
    "original": Words("bản chính", "original"),
    "copy": Words("bản sao", "copy"),
    "certified_copy": Words("bản sao chứng thực", "certified copy"),
    "electronic": Words("bản điện tử", "electronic"),
}
# Filters that may be given several times.
_REPEATABLE = ("field", "level")


class ProcedureRow(NamedTuple):
    """A procedure in the list."""

    code: str
    name: str
    field: str
    level: str
    limit: str


class Paper(NamedTuple):
    """A paper to hand in; `form` is empty if any form will do, `when` if it is always needed."""

    name: str
    form: str
    copies: int
    when: str


def limit_text(limit: TimeLimitOut | None, language: str) -> str:
    """A time limit in words; empty for a channel that is not offered."""
    return _LIMITS[limit.unit].say(language, amount=limit.amount) if limit else ""


def list_facts(reference: Reference, query: Mapping[str, str], today: date, language: str) -> dict[str, Any]:
    """The facts of the template `procedures.html`: a page of the matching procedures in force today.

    `query` may have `q`, `field`, `level` and `cursor`. Raises Invalid and Unparsable as the API does.
    """
    repeatable = {name: [query[name]] for name in _REPEATABLE if name in query}
    filters = validated(ProcedureQuery, {**query, **repeatable}, "")
    matches = list_procedures(reference, procedure_filter(reference, filters, today))
    in_force = [procedure for procedure in matches if reference.in_force(procedure, today) is not None]
    items, following = page_of(in_force, procedure_key, (str,), filters.limit, filters.cursor)
    fields = {item.field for item in reference.procedures.values() if reference.in_force(item, today)}
    return {
        "query": query,
        "number_found": len(in_force),
        "procedures": [_row(procedure_out(reference, procedure, today), language) for procedure in items],
        "following": following,
        "fields": sorted(fields, key=lambda name: (fold(name), name)),
        "levels": LEVEL_NAMES[language],
    }


def _row(record: ProcedureRecord, language: str) -> ProcedureRow:
    version = record.in_force
    assert version is not None
    limits = [limit_text(getattr(version.limits, channel), language) for channel in CHANNELS]
    level = LEVEL_NAMES[language].get(record.level, record.level)
    return ProcedureRow(record.code, record.name, record.field, level, next(filter(None, limits), ""))


def procedure_facts(reference: Reference, code: str, today: date, language: str) -> dict[str, Any]:
    """The facts of the template `procedure.html`; raises NotFound `unknown_procedure`."""
    procedure = find_procedure(reference, code)
    record = procedure_out(reference, procedure, today)
    return {
        "procedure": record,
        "level": LEVEL_NAMES[language].get(record.level, record.level),
        "version": record.in_force,
        "later": next((version for version in record.versions if version.effective_from > today), None),
        "departments": sorted(_departments(reference, procedure.field, today)),
        **(_version_facts(reference, record.in_force, language) if record.in_force else {}),
    }


def _version_facts(reference: Reference, version: VersionOut, language: str) -> dict[str, Any]:
    responsible = version.responsible_unit
    limits = ((channel, limit_text(getattr(version.limits, channel), language)) for channel in CHANNELS)
    return {
        "limits": [(channel, CHANNEL_NAMES[language][channel], text) for channel, text in limits],
        "papers": [_paper(document, language) for document in version.documents],
        "results": [result["name"] for result in version.results],
        "steps": [_step(reference, step, language) for step in version.route],
        "responsible": reference.units[responsible.id].full_name if responsible else None,
    }


def _departments(reference: Reference, field: str, today: date) -> set[str]:
    """The names of the departments that answer for the field in their communes (rules §4)."""
    return {unit.name for unit in reference.units.values() if field in unit.fields and unit.valid_on(today)}


def _paper(document: Mapping[str, Any], language: str) -> Paper:
    form = _FORMS.get(document.get("form", ""))
    words = form.say(language) if form else ""
    return Paper(document["name"], words, document.get("copies", 1), document.get("when", ""))


def _step(reference: Reference, step: RouteStep, language: str) -> tuple[str, str, str]:
    """Unit, name, and share of the limit of a step."""
    place = _PLACES[step.unit].say(language) if isinstance(step.unit, str) else reference.units[step.unit.id].full_name
    return place, step.name, limit_text(step.limit, language)


# --- The due date calculator ------------------------------------------------------------------------------------------


def deadline_for(reference: Reference, code: str, query: Mapping[str, str], language: str) -> DeadlineOut | None:
    """The due date of a receipt at the local time `query["at"]` by `query["channel"]`; None without a time.

    Raises Invalid as `POST /deadline` does.
    """
    if "at" not in query:
        return None
    data = {"procedure": code, "received_at": f"{query['at']}+07:00", "channel": query.get("channel")}
    return explained(case_asked(reference, validated(DeadlineIn, data, "")), language)


def local_minute(now: datetime) -> str:
    """The present minute in the form of a field for local times."""
    return f"{local(now):%Y-%m-%dT%H:%M}"
