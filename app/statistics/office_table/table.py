"""Answer and table of the office table: a row for each unit, and one for the total."""

from datetime import datetime

from app.statistics.office_table.forms import OfficeForm
from app.statistics.office_table.parameters import OfficeTableIn
from app.statistics.office_table.schemas import OfficeColumnOut, OfficeRowOut, OfficeTableOut
from app.statistics.on_time.counts import Figures, RowCounts
from app.statistics.on_time.heading import BY_TITLES, KEY_AND_NAME, heading, with_validity
from app.statistics.on_time.presenting import TOTAL, shown_rows
from app.statistics.on_time.question import Question
from app.statistics.tables import TOTAL_KEY, Column, Table

_TITLES = {
    "vi": "Tình hình tiếp nhận, giải quyết hồ sơ",
    "en": "Reception and handling of dossiers",
}
_NOTES = {
    "vi": "Kỳ trước chuyển sang gồm cả hồ sơ nhận từ đơn vị khác. Tổng số tiếp nhận bằng đã giải quyết, đang giải "
    "quyết, dừng, rút và chuyển đơn vị khác cộng lại. Thời hạn chờ tiếp nhận: 8 giờ làm việc với hồ sơ trực tuyến, "
    "1 ngày làm việc với hồ sơ khác. Nguồn của các cột: {source}.",
    "en": "Carried over includes dossiers that moved in. Received in total is the sum of resolved, open, stopped, "
    "withdrawn and moved out. Waiting is in time for 8 working hours online, one working day otherwise. Source of the "
    "columns: {source}.",
}


def office_table_out(
    question: Question, form: OfficeForm, counts: RowCounts, changed: datetime | None, language: str
) -> OfficeTableOut:
    """All rows and their total, with names in the language ("vi" or "en")."""

    def row_out(key: str, unit_id: int | None, name: str, figures: Figures) -> OfficeRowOut:
        values = {column.name: column.value(figures) for column in form.columns}
        return OfficeRowOut(key=key, id=unit_id, name=name, figures=values)

    return OfficeTableOut(
        form=form.code,
        since=form.since,
        source=form.source,
        columns=[OfficeColumnOut(name=column.name, label=column.label(language)) for column in form.columns],
        first=question.first,
        last=question.last,
        as_of=question.whole.as_of,
        rows=[row_out(*row) for row in shown_rows(question, counts, language)],
        changed_since=changed,
        total=row_out(TOTAL_KEY, None, TOTAL[language], counts.total(1)),
    )


def office_table(
    answer: OfficeTableOut, form: OfficeForm, query: OfficeTableIn, question: Question, language: str
) -> Table:
    """The answer as a table with the columns of its form."""
    title = f"{_TITLES[language]} {BY_TITLES[language][query.by]}"
    units = question.reference.units
    lines = [{"key": row.key, "id": row.id, "name": row.name, **row.figures} for row in (*answer.rows, answer.total)]
    return Table(
        heading(title, query, question, answer.changed_since, language),
        ["key", "id", "name", *(column.name for column in form.columns)],
        [with_validity(line, units) for line in lines],
        (*KEY_AND_NAME, *(Column(column.name, column.vi, column.en) for column in form.columns)),
        [_NOTES[language].format(source=form.source)],
    )
