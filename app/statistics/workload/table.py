"""Table of the workload: a line for each unit or officer, and one for the total."""

from app.catalogue.cache import Reference
from app.statistics.on_time.heading import KEY_AND_NAME, moment, units_line, with_validity
from app.statistics.tables import Column, Heading, Table, flat, names_of
from app.statistics.workload.parameters import WorkloadQuestion
from app.statistics.workload.schemas import WorkloadOut, WorkloadRowOut

_COLUMNS = (
    *KEY_AND_NAME,
    Column("officer", "Người đang thụ lý", "Officer", "text", optional=True),
    Column("open", "Đang giải quyết", "Open"),
    Column("not_taken", "Chờ nhận", "Not taken"),
    Column("due_today", "Đến hạn hôm nay", "Due today"),
    Column("due_soon", "Sắp đến hạn", "Due soon"),
    Column("overdue_total", "Đã quá hạn", "Overdue"),
    Column("overdue_up_to_2", "Quá hạn đến 2 ngày làm việc", "Overdue up to 2 working days"),
    Column("overdue_from_3_to_5", "Quá hạn 3–5 ngày", "Overdue 3 to 5"),
    Column("overdue_from_6_to_10", "Quá hạn 6–10 ngày", "Overdue 6 to 10"),
    Column("overdue_from_11_to_20", "Quá hạn 11–20 ngày", "Overdue 11 to 20"),
    Column("overdue_over_20", "Quá hạn trên 20 ngày", "Overdue over 20"),
    Column("suspended_total", "Đang tạm dừng", "Suspended"),
    Column("suspended_up_to_5", "Tạm dừng đến 5 ngày làm việc", "Suspended up to 5 working days"),
    Column("suspended_from_6_to_10", "Tạm dừng 6–10 ngày", "Suspended 6 to 10"),
    Column("suspended_from_11_to_20", "Tạm dừng 11–20 ngày", "Suspended 11 to 20"),
    Column("suspended_over_20", "Tạm dừng trên 20 ngày", "Suspended over 20"),
    Column("idle", "Chưa có chuyển biến", "Idle"),
    Column("arriving_per_working_day", "Nhận thêm mỗi ngày làm việc", "Arriving per day", "decimal", optional=True),
    Column(
        "leaving_per_working_day",
        "Xong hoặc chuyển đi mỗi ngày làm việc",
        "Leaving per working day",
        "decimal",
        optional=True,
    ),
    Column("projection_expected_late", "Dự kiến sẽ quá hạn", "Expected to be late", "decimal", optional=True),
)
_TITLES = {
    "vi": {"unit": "Hồ sơ đang giải quyết theo đơn vị", "officer": "Hồ sơ đang giải quyết theo người thụ lý"},
    "en": {"unit": "Open dossiers by unit", "officer": "Open dossiers by officer"},
}
_BASIS = {
    "vi": {"holder": "Tính cho đơn vị đang giữ hồ sơ", "responsible": "Tính cho đơn vị chịu trách nhiệm giải quyết"},
    "en": {"holder": "Each dossier counts for its holder", "responsible": "Each counts for the responsible unit"},
}


def workload_table(workload: WorkloadOut, question: WorkloadQuestion, reference: Reference, language: str) -> Table:
    """The rows and the total."""
    as_of = moment(workload.as_of)
    lines = [
        units_line(question.roots, language),
        _BASIS[language][question.basis],
        f"As of {as_of}" if language == "en" else f"Số liệu tính đến {as_of}",
    ]
    return Table(
        Heading(_TITLES[language][question.by], lines, workload.as_of),
        list(names_of(WorkloadRowOut)),
        [with_validity(flat(row), reference.units) for row in (*workload.rows, workload.total)],
        _COLUMNS,
        [_note(workload, language)],
    )


def _note(workload: WorkloadOut, language: str) -> str:
    first, last = f"{workload.window.first:%d/%m/%Y}", f"{workload.window.last:%d/%m/%Y}"
    if language == "en":
        return (
            f"Due soon: at most {workload.due_soon_days} working days left. Idle: no event in the last "
            f"{workload.idle_days} working days. Per working day: from {first} to {last}."
        )
    return (
        f"Sắp đến hạn: còn không quá {workload.due_soon_days} ngày làm việc. Chưa có chuyển biến: không có cập nhật "
        f"trong {workload.idle_days} ngày làm việc gần nhất. Số mỗi ngày làm việc tính từ {first} đến {last}."
    )
