"""Table of the on-time figures: a line for each row, and one for the total."""

from app.statistics.on_time.heading import BY_TITLES, FINISHED, KEY_AND_NAME, RATES, heading, with_validity
from app.statistics.on_time.parameters import OnTimeIn
from app.statistics.on_time.question import Question
from app.statistics.on_time.schemas import OnTimeOut, OnTimeRowOut
from app.statistics.tables import Column, Table, flat, names_of

_COLUMNS = (
    *KEY_AND_NAME,
    Column("received_total", "Tiếp nhận", "Received"),
    Column("received_counter", "Tiếp nhận trực tiếp", "Received at the counter"),
    Column("received_online", "Tiếp nhận trực tuyến", "Received online"),
    Column("received_postal", "Tiếp nhận qua bưu chính", "Received by post"),
    Column("carried_over", "Kỳ trước chuyển sang", "Carried over"),
    Column("moved_in", "Nhận từ đơn vị khác", "Moved in"),
    *FINISHED,
    Column("open_total", "Đang giải quyết", "Open"),
    Column("open_overdue", "Đang giải quyết, đã quá hạn", "Open and overdue"),
    Column("open_suspended", "Đang tạm dừng", "Suspended"),
    *RATES,
)
_TITLES = {"vi": "Tình hình giải quyết hồ sơ", "en": "Handling of dossiers"}


def on_time_table(figures: OnTimeOut, query: OnTimeIn, question: Question, language: str) -> Table:
    """The rows and the total."""
    title = f"{_TITLES[language]} {BY_TITLES[language][figures.by]}"
    units = question.reference.units
    return Table(
        heading(title, query, question, figures.changed_since, language),
        list(names_of(OnTimeRowOut)),
        [with_validity(flat(row), units) for row in (*figures.rows, figures.total)],
        _COLUMNS,
    )
