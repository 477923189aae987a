"""Form II.06a/VPCP/KSTT filled in: the figures in its columns, its rows in their order, its groups and its total."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.catalogue.cache import Reference
from app.catalogue.presenting import unit_name
from app.domain.localtime import local, local_date
from app.statistics.form_ii_06a.parameters import Request
from app.statistics.form_ii_06a.schemas import (
    FormOut,
    FormPendingOut,
    FormPeriodOut,
    FormReceivedOut,
    FormResolvedOut,
    Line,
    LineOut,
)
from app.statistics.on_time.counts import Counted, Figures
from app.statistics.on_time.presenting import TOTAL, always_shown, row_of
from app.text_input import fold

FORM = "II.06a/VPCP/KSTT"

_TITLE = {
    "vi": "Tình hình, kết quả giải quyết thủ tục hành chính",
    "en": "Handling of administrative procedures: state and results",
}
# The groups in their order, by the units' kind.
_GROUPS: Mapping[str, Mapping[str, str]] = {
    "province": {"vi": "Cấp tỉnh", "en": "Provincial level"},
    "district": {"vi": "Cấp huyện", "en": "District level"},
    "office": {"vi": "Cơ quan chuyên môn", "en": "Offices"},
    "commune": {"vi": "Cấp xã", "en": "Commune level"},
}
_ROMAN = ("I", "II", "III", "IV")


def filled_in(
    request: Request, reference: Reference, counted: Counted, changed: datetime | None, language: str
) -> FormOut:
    """The form in the language ("vi" or "en"); `changed`: since when a past period's figures are what they are."""
    question = request.question
    lines = _of_units(request, reference, counted, language) if request.rows == "units" else _of_fields(counted)
    title = request.period.title(language) if request.period else None
    return FormOut(
        form=FORM,
        title=_TITLE[language],
        rows=request.rows,
        unit=unit_name(request.unit),
        reporter=request.unit.full_name,
        receiver=request.receiver,
        period=FormPeriodOut(name=request.name, title=title, first=question.first, last=question.last),
        as_of=local(question.whole.as_of),
        ended=local_date(question.whole.as_of) > question.last,
        lines=lines,
        total=_sum("total", "", TOTAL[language], None, [one for one in lines if one.line == "row"]),
        changed_since=changed,
    )


def _of_fields(counted: Counted) -> list[LineOut]:
    """A row for each field that has anything in one of the columns."""
    fields = [(str(key), figures) for key, figures in counted.rows(False, 1).items()]
    fields.sort(key=lambda one: (fold(one[0]), one[0]))
    rows = (_row(name, name, None, None, figures) for name, figures in fields)
    return _numbered(row for row in rows if row.received.total)


def _of_units(request: Request, reference: Reference, counted: Counted, language: str) -> list[LineOut]:
    """Each group's subtotal, and a row for each unit that existed in the period or has a figure (rules §11)."""
    figures = {int(key): one for key, one in counted.rows(False, 1).items()}
    always = {int(key) for key in always_shown(request.question, reference)}
    units = sorted((reference.units[one] for one in figures.keys() | always), key=lambda one: (one.code, one.id))
    rows = [
        (unit, _row(unit.code, unit.full_name, unit.kind, unit.id, figures.get(unit.id, Figures()))) for unit in units
    ]
    lines: list[LineOut] = []
    for kind, names in _GROUPS.items():
        group = _numbered(row for unit, row in rows if unit.kind == kind and (unit.id in always or row.received.total))
        if group:
            number = _ROMAN[sum(one.line == "subtotal" for one in lines)]
            lines += [_sum("subtotal", number, names[language], kind, group), *group]
    return lines


def _row(key: str, name: str, group: str | None, unit_id: int | None, figures: Figures) -> LineOut:
    """The figures in the form's columns: what moved in was carried over from elsewhere."""
    one = row_of(key, unit_id, name, figures)
    carried_over = one.carried_over + one.moved_in
    return LineOut(
        number="",
        name=name,
        received=FormReceivedOut(
            total=one.received.total + carried_over,
            online=one.received.online,
            counter_or_postal=one.received.counter + one.received.postal,
            carried_over=carried_over,
        ),
        resolved=FormResolvedOut(
            total=one.finished.total, early=one.finished.early, on_time=one.finished.on_time, late=one.finished.late
        ),
        pending=FormPendingOut(total=one.open.total, in_time=one.open.in_time, overdue=one.open.overdue),
        ended_or_moved=one.withdrawn.total + one.discontinued.total + one.moved_out,
        line="row",
        group=group,
        key=key,
        id=unit_id,
    )


def _numbered(rows: Iterable[LineOut]) -> list[LineOut]:
    return [row.model_copy(update={"number": str(number)}) for number, row in enumerate(rows, start=1)]


def _sum(line: Line, number: str, name: str, group: str | None, rows: Sequence[LineOut]) -> LineOut:
    """The sum of the rows, column by column."""

    def added(part: str) -> dict[str, int]:
        parts: list[dict[str, int]] = [getattr(row, part).model_dump() for row in rows]
        return {column: sum(one[column] for one in parts) for column in names[part]}

    names = {
        "received": FormReceivedOut.model_fields,
        "resolved": FormResolvedOut.model_fields,
        "pending": FormPendingOut.model_fields,
    }
    return LineOut(
        number=number,
        name=name,
        received=FormReceivedOut(**added("received")),
        resolved=FormResolvedOut(**added("resolved")),
        pending=FormPendingOut(**added("pending")),
        ended_or_moved=sum(row.ended_or_moved for row in rows),
        line=line,
        group=group,
        key=group or "total",
        id=None,
    )
