"""Tables of trend and lead time: a line for each row and month, and a line for each row."""

from app.statistics.on_time.heading import BY_TITLES, FINISHED, KEY_AND_NAME, RATES, heading, with_validity
from app.statistics.on_time.question import Question
from app.statistics.tables import Column, Table, flat, names_of
from app.statistics.trends.parameters import LeadTimeIn, TrendIn
from app.statistics.trends.schemas import LeadTimeOut, TrendMonthOut, TrendOut

_TREND_COLUMNS = (
    *KEY_AND_NAME,
    Column("month", "Tháng", "Month", "text"),
    Column("received_total", "Tiếp nhận", "Received"),
    Column("carried_over", "Tháng trước chuyển sang", "Carried over"),
    Column("moved_in", "Nhận từ đơn vị khác", "Moved in"),
    *FINISHED,
    Column("open_total", "Đang giải quyết cuối tháng", "Open at the end of the month"),
    Column("open_overdue", "Đang giải quyết, đã quá hạn", "Open and overdue"),
    *RATES,
)
_LEAD_TIME_COLUMNS = (
    *KEY_AND_NAME,
    Column("number", "Đã giải quyết", "Finished"),
    Column("suspended", "Trong đó có tạm dừng", "Suspended at some time"),
    Column("gross_median", "Tổng thời gian (ngày làm việc): trung vị", "Gross working days: median"),
    Column("gross_percentile_90", "Tổng thời gian: 90 % hồ sơ không quá", "Gross: 90th percentile"),
    Column("gross_mean", "Tổng thời gian: trung bình", "Gross: mean", "decimal"),
    Column("net_median", "Không kể tạm dừng (ngày làm việc): trung vị", "Net working days: median"),
    Column("net_percentile_90", "Không kể tạm dừng: 90 % hồ sơ không quá", "Net: 90th percentile"),
    Column("net_mean", "Không kể tạm dừng: trung bình", "Net: mean", "decimal"),
    Column("share_of_limit_number", "Hồ sơ so được với thời hạn", "Measured against the limit"),
    Column("share_of_limit_median", "Phần thời hạn đã dùng: trung vị", "Share of the limit: median", "rate"),
    Column("share_of_limit_percentile_90", "Phần thời hạn đã dùng: 90 % không quá", "Share: 90th percentile", "rate"),
    Column("share_of_limit_classes_up_to_25", "Dùng đến 25 % thời hạn", "Up to 25 % of the limit"),
    Column("share_of_limit_classes_up_to_50", "Trên 25 % đến 50 %", "Up to 50 %"),
    Column("share_of_limit_classes_up_to_75", "Trên 50 % đến 75 %", "Up to 75 %"),
    Column("share_of_limit_classes_up_to_100", "Trên 75 % đến 100 %", "Up to 100 %"),
    Column("share_of_limit_classes_over_100", "Trên 100 %", "Over 100 %"),
    Column("hint", "Nhận xét về thời hạn", "Hint on the limit", "text", optional=True),
)
_TREND_TITLES = {"vi": "Tình hình giải quyết hồ sơ từng tháng", "en": "Handling of dossiers month by month"}
_LEAD_TIME_TITLES = {"vi": "Thời gian giải quyết hồ sơ", "en": "Lead time of dossiers"}
_HINTS = {
    "vi": {"generous": "rộng", "fitting": "phù hợp", "tight": "chặt", "impossible": "không khả thi"},
    "en": {"generous": "generous", "fitting": "fitting", "tight": "tight", "impossible": "impossible"},
}


def trend_table(trend: TrendOut, query: TrendIn, question: Question, language: str) -> Table:
    """A line for each row and month, those of the total last."""
    title = f"{_TREND_TITLES[language]} {BY_TITLES[language][trend.by]}"
    units = question.reference.units
    return Table(
        heading(title, query, question, trend.changed_since, language),
        ["key", "id", "name", *names_of(TrendMonthOut)],
        [
            with_validity({"key": row.key, "id": row.id, "name": row.name, **flat(month)}, units)
            for row in (*trend.rows, trend.total)
            for month in row.months
        ],
        _TREND_COLUMNS,
    )


def lead_time_table(lead_time: LeadTimeOut, query: LeadTimeIn, question: Question, language: str) -> Table:
    """A line for each row, that of the total last; in CSV each class of a histogram is a column."""
    title = f"{_LEAD_TIME_TITLES[language]} {BY_TITLES[language][lead_time.by]}"
    units = question.reference.units
    rows = [*lead_time.rows, lead_time.total]
    hints = [row.share_of_limit.hint for row in rows]
    lines = [flat(row) for row in rows]
    return Table(
        heading(title, query, question, lead_time.changed_since, language),
        list(lines[0]),
        [
            {**with_validity(line, units), "hint": _HINTS[language][hint] if hint else None}
            for line, hint in zip(lines, hints, strict=True)
        ],
        _LEAD_TIME_COLUMNS,
    )
