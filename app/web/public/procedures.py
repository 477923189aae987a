"""The public posting of procedures made ready to be read: limits, fees and papers in words, and the calculator."""

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
    "receiving": Words("Nơi tiếp nhận", "Where it was received"),
    "responsible": Words("Cơ quan giải quyết", "Who answers for it"),
}
_FORMS: Mapping[str, Words] = {
    "original": Words("bản chính", "original"),
    "copy": Words("bản sao", "copy"),
    "certified_copy": Words("bản sao chứng thực", "certified copy"),
    "electronic": Words("bản điện tử", "electronic"),
}
# Filters that may be given several times.
_FEW = ("field", "level")


class Listed(NamedTuple):
    """A procedure as the list shows it."""

    code: str
    name: str
    field: str
    level: str
    limit: str


class Paper(NamedTuple):
    """What is to be handed in; `form` is empty where any will do."""

    name: str
    form: str
    copies: int


def limit_text(limit: TimeLimitOut | None, language: str) -> str:
    """A time limit in words; empty for a channel that is not offered."""
    return _LIMITS[limit.unit].say(language, amount=limit.amount) if limit else ""


def list_facts(reference: Reference, asked: Mapping[str, str], today: date, language: str) -> dict[str, Any]:
    """What the template `procedures.html` shows: those in force today that fit, a page of them.

    `asked` may have `q`, `field`, `level` and `cursor`. Raises Invalid and Unparsable as the API does.
    """
    query = validated(ProcedureQuery, {**asked, **{name: [asked[name]] for name in _FEW if name in asked}}, "")
    found = list_procedures(reference, procedure_filter(reference, query, today))
    in_force = [one for one in found if reference.in_force(one, today) is not None]
    shown, following = page_of(in_force, procedure_key, (str,), query.limit, query.cursor)
    fields = {one.field for one in reference.procedures.values() if reference.in_force(one, today)}
    return {
        "asked": asked,
        "number_found": len(in_force),
        "procedures": [_listed(procedure_out(reference, one, today), language) for one in shown],
        "following": following,
        "fields": sorted(fields, key=lambda name: (fold(name), name)),
        "levels": LEVEL_NAMES[language],
    }


def _listed(record: ProcedureRecord, language: str) -> Listed:
    version = record.in_force
    assert version is not None
    limits = [limit_text(getattr(version.limits, channel), language) for channel in CHANNELS]
    level = LEVEL_NAMES[language].get(record.level, record.level)
    return Listed(record.code, record.name, record.field, level, next((one for one in limits if one), ""))


def procedure_facts(reference: Reference, code: str, today: date, language: str) -> dict[str, Any]:
    """What the template `procedure.html` shows of one procedure; raises NotFound `unknown_procedure`."""
    procedure = find_procedure(reference, code)
    record = procedure_out(reference, procedure, today)
    return {
        "procedure": record,
        "level": LEVEL_NAMES[language].get(record.level, record.level),
        "version": record.in_force,
        "later": next((one for one in record.versions if one.effective_from > today), None),
        **(_version_facts(reference, record.in_force, language) if record.in_force else {}),
    }


def _version_facts(reference: Reference, version: VersionOut, language: str) -> dict[str, Any]:
    responsible = version.responsible_unit
    limits = ((channel, limit_text(getattr(version.limits, channel), language)) for channel in CHANNELS)
    return {
        "limits": [(channel, CHANNEL_NAMES[language][channel], text) for channel, text in limits],
        "papers": [_paper(one, language) for one in version.documents],
        "steps": [_step(reference, one, language) for one in version.route],
        "responsible": reference.units[responsible.id].full_name if responsible else None,
    }


def _paper(document: Mapping[str, Any], language: str) -> Paper:
    form = _FORMS.get(document.get("form", ""))
    return Paper(document["name"], form.say(language) if form else "", document.get("copies", 1))


def _step(reference: Reference, step: RouteStep, language: str) -> tuple[str, str, str]:
    """Where, what, and its share of the limit."""
    place = _PLACES[step.unit].say(language) if isinstance(step.unit, str) else reference.units[step.unit.id].full_name
    return place, step.name, limit_text(step.limit, language)


# --- If I hand it in on … ---------------------------------------------------------------------------------------------


def promised(reference: Reference, code: str, asked: Mapping[str, str], language: str) -> DeadlineOut | None:
    """When it is due if it is handed in at `asked["at"]`, local time, by `asked["channel"]`; None where not asked.

    Raises Invalid as `POST /deadline` does.
    """
    if "at" not in asked:
        return None
    data = {"procedure": code, "received_at": f"{asked['at']}+07:00", "channel": asked.get("channel")}
    return explained(case_asked(reference, validated(DeadlineIn, data, "")), language)


def now_written(now: datetime) -> str:
    """The present minute as a form's field for local times has it."""
    return f"{local(now):%Y-%m-%dT%H:%M}"
