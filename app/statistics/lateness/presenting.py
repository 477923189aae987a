"""Answer with the figures of lateness, and the same as a table."""

from datetime import datetime
from typing import Any

from app.domain.state import LateCause
from app.lookup.texts import LATE_CAUSES
from app.statistics.lateness.parameters import LatenessIn
from app.statistics.lateness.schemas import LatenessOut, LatenessRowOut
from app.statistics.on_time.counts import Figures, RowCounts
from app.statistics.on_time.heading import BY_TITLES, KEY_AND_NAME, heading, with_validity
from app.statistics.on_time.presenting import TOTAL, rate, shown_rows
from app.statistics.on_time.question import Question
from app.statistics.tables import TOTAL_KEY, Column, Table, flat, names_of

_COLUMNS = (
    *KEY_AND_NAME,
    Column("late", "Giải quyết quá hạn", "Finished late"),
    *(Column(f"causes_{cause}", words.vi, words.en) for cause, words in LATE_CAUSES.items()),
    Column("causes_unknown", "Chưa có nguyên nhân", "Without a cause"),
    Column("promises_total", "Hẹn lại", "Promises"),
    Column("promises_kept", "Trả đúng ngày hẹn lại", "Promises kept"),
    Column("promises_broken", "Quá ngày hẹn lại", "Promises broken"),
    Column("rate_of_promises_value", "Tỷ lệ trả đúng ngày hẹn lại", "Rate of promises kept", "rate"),
)
_TITLES = {"vi": "Nguyên nhân quá hạn và việc thực hiện hẹn lại", "en": "Causes of lateness, and promises kept"}
_NOTES = {
    "vi": "Hẹn lại tính theo ngày hẹn lại: đúng hẹn khi có kết quả chậm nhất trong ngày đó, quá hẹn khi hết ngày đó "
    "hồ sơ đã quá hạn mà chưa có kết quả.",
    "en": "A promise counts on its promised date: kept with a result by that day, broken if the dossier was overdue "
    "without one at its end.",
}


def lateness_out(question: Question, counts: RowCounts, changed: datetime | None, language: str) -> LatenessOut:
    """All rows and their total, with names in the language ("vi" or "en")."""
    return LatenessOut.model_validate(
        {
            "by": question.by,
            "basis": question.basis,
            "from": question.first,
            "to": question.last,
            "as_of": question.whole.as_of,
            "rows": [_row(*row) for row in shown_rows(question, counts, language)],
            "changed_since": changed,
            "total": _row(TOTAL_KEY, None, TOTAL[language], counts.total(len(question.periods))),
        }
    )


def _row(key: str, unit_id: int | None, name: str, figures: Figures) -> LatenessRowOut:
    late = figures["finished.late"]
    causes: dict[str, Any] = {cause.value: figures[f"causes.{cause}"] for cause in LateCause}
    kept, broken = figures["promises.kept"], figures["promises.broken"]
    return LatenessRowOut.model_validate(
        {
            "key": key,
            "id": unit_id,
            "name": name,
            "late": late,
            "causes": {**causes, "unknown": late - sum(causes.values())},
            "promises": {"total": kept + broken, "kept": kept, "broken": broken},
            "rate_of_promises": rate(kept, kept + broken),
        }
    )


def lateness_table(answer: LatenessOut, query: LatenessIn, question: Question, language: str) -> Table:
    """The rows and the total."""
    units, title = question.reference.units, f"{_TITLES[language]} {BY_TITLES[language][answer.by]}"
    return Table(
        heading(title, query, question, answer.changed_since, language),
        list(names_of(LatenessRowOut)),
        [with_validity(flat(row), units) for row in (*answer.rows, answer.total)],
        _COLUMNS,
        [_NOTES[language]],
    )
