"""Form II.06a/VPCP/KSTT from the on-time figures: its columns, its rows in order, its groups and its total."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.catalogue.presenting import unit_name
from app.domain.localtime import local, local_date
from app.statistics.form_ii_06a.parameters import FormRequest
from app.statistics.form_ii_06a.schemas import (
    FormLineOut,
    FormOut,
    FormPendingOut,
    FormPeriodOut,
    FormReceivedOut,
    FormResolvedOut,
    Line,
)
from app.statistics.on_time.counts import Figures, RowCounts
from app.statistics.on_time.presenting import TOTAL, always_shown, row_of
from app.text_input import fold

FORM = "II.06a/VPCP/KSTT"

_TITLE = {
    "vi": "Tình hình, kết quả giải quyết thủ tục hành chính",
    "en": "Handling of administrative procedures: state and results",
}
# The groups in order, by the kind of their units.
_GROUPS: Mapping[str, Mapping[str, str]] = {
    "province": {"vi": "Cấp tỉnh", "en": "Provincial level"},
    "district": {"vi": "Cấp huyện", "en": "District level"},
    "office": {"vi": "Cơ quan chuyên môn", "en": "Offices"},
    "commune": {"vi": "Cấp xã", "en": "Commune level"},
}
_ROMAN = ("I", "II", "III", "IV")


def form_out(request: FormRequest, counts: RowCounts, changed: datetime | None, language: str) -> FormOut:
    """The form in the language ("vi" or "en"); `changed` is the last later change to the figures of its period."""
    question = request.question
    lines = _lines_of_units(request, counts, language) if request.rows == "units" else _lines_of_fields(counts)
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
        total=_sum("total", "", TOTAL[language], None, [line for line in lines if line.line == "row"]),
        changed_since=changed,
    )


def _lines_of_fields(counts: RowCounts) -> list[FormLineOut]:
    """A row for each field with a number in one of the columns."""
    fields = [(str(key), figures) for key, figures in counts.rows(False, 1).items()]
    fields.sort(key=lambda field: (fold(field[0]), field[0]))
    rows = (_row(name, name, None, None, figures) for name, figures in fields)
    return _with_numbers(row for row in rows if row.received.total)


def _lines_of_units(request: FormRequest, counts: RowCounts, language: str) -> list[FormLineOut]:
    """Each group's subtotal, and a row for each unit that existed in the period or has a figure (rules §11)."""
    units = request.question.reference.units
    figures = {int(key): row for key, row in counts.rows(False, 1).items()}
    always = {int(key) for key in always_shown(request.question)}
    in_order = sorted((units[key] for key in figures.keys() | always), key=lambda unit: (unit.code, unit.id))
    rows = [
        (unit, _row(unit.code, unit.full_name, unit.kind, unit.id, figures.get(unit.id, Figures())))
        for unit in in_order
    ]
    lines: list[FormLineOut] = []
    for kind, names in _GROUPS.items():
        group = _with_numbers(
            row for unit, row in rows if unit.kind == kind and (unit.id in always or row.received.total)
        )
        if group:
            number = _ROMAN[sum(line.line == "subtotal" for line in lines)]
            lines += [_sum("subtotal", number, names[language], kind, group), *group]
    return lines


def _row(key: str, name: str, group: str | None, unit_id: int | None, figures: Figures) -> FormLineOut:
    """The figures in the columns of the form; dossiers that moved in are carried over from another unit."""
    row = row_of(key, unit_id, name, figures)
    carried_over = row.carried_over + row.moved_in
    return FormLineOut(
        number="",
        name=name,
        received=FormReceivedOut(
            total=row.received.total + carried_over,
            online=row.received.online,
            counter_or_postal=row.received.counter + row.received.postal,
            carried_over=carried_over,
        ),
        resolved=FormResolvedOut(
            total=row.finished.total, early=row.finished.early, on_time=row.finished.on_time, late=row.finished.late
        ),
        pending=FormPendingOut(total=row.open.total, in_time=row.open.in_time, overdue=row.open.overdue),
        ended_or_moved=row.withdrawn.total + row.discontinued.total + row.moved_out,
        line="row",
        group=group,
        key=key,
        id=unit_id,
    )


def _with_numbers(rows: Iterable[FormLineOut]) -> list[FormLineOut]:
    return [row.model_copy(update={"number": str(number)}) for number, row in enumerate(rows, start=1)]


def _sum(line: Line, number: str, name: str, group: str | None, rows: Sequence[FormLineOut]) -> FormLineOut:
    """The sum of the rows, column by column."""

    def sums(part: str) -> dict[str, int]:
        parts: list[dict[str, int]] = [getattr(row, part).model_dump() for row in rows]
        return {column: sum(values[column] for values in parts) for column in names[part]}

    names = {
        "received": FormReceivedOut.model_fields,
        "resolved": FormResolvedOut.model_fields,
        "pending": FormPendingOut.model_fields,
    }
    return FormLineOut(
        number=number,
        name=name,
        received=FormReceivedOut(**sums("received")),
        resolved=FormResolvedOut(**sums("resolved")),
        pending=FormPendingOut(**sums("pending")),
        ended_or_moved=sum(row.ended_or_moved for row in rows),
        line=line,
        group=group,
        key=group or "total",
        id=None,
    )
