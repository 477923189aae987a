"""Forms of the office table: columns as sums of figures, each with the date from which it is asked for (rules §11).

A later form is one more item of `FORMS`. Form 07a/BTP has no item: its columns were not found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class OfficeColumn:
    """A column: its name for programs, its heading in both languages, and the figures that it adds and takes away."""

    name: str
    vi: str
    en: str
    adds: tuple[str, ...]
    takes: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """The heading in the language ("vi" or "en")."""
        return self.en if language == "en" else self.vi

    def value(self, figures: Mapping[str, int]) -> int:
        """The number of the column; a missing figure is zero."""
        added = sum(figures.get(name, 0) for name in self.adds)
        return added - sum(figures.get(name, 0) for name in self.takes)


@dataclass(frozen=True, slots=True)
class OfficeForm:
    """The columns that offices are asked for from the date `since` on, up to the next form."""

    code: str
    since: date
    source: str
    columns: tuple[OfficeColumn, ...]


_BY_CHANNEL = ("received.counter", "received.online", "received.postal")
_BEFORE = ("carried_over", "moved_in")
_LATE, _LATE_WITHOUT = ("finished.late",), ("finished.late_unapologised",)
_OVERDUE, _OVERDUE_WITHOUT = ("open.overdue",), ("open.overdue_unapologised",)
_WAITING, _WAITING_IN_TIME = ("submitted.waiting",), ("submitted.waiting_in_time",)

_UNIT_TABLE = (
    OfficeColumn("received_total", "Tiếp nhận: tổng số", "Received, total", (*_BY_CHANNEL, *_BEFORE)),
    OfficeColumn("received_counter", "Tiếp nhận trực tiếp", "Received at the counter", ("received.counter",)),
    OfficeColumn("received_online", "Tiếp nhận trực tuyến", "Received online", ("received.online",)),
    OfficeColumn("received_postal", "Tiếp nhận qua bưu chính", "Received by post", ("received.postal",)),
    OfficeColumn(
        "received_another_area",
        "Trong đó tiếp nhận phi địa giới",
        "Of these for another area",
        ("received.another_area",),
    ),
    OfficeColumn("carried_over", "Kỳ trước chuyển sang", "Carried over", _BEFORE),
    OfficeColumn(
        "resolved_total",
        "Đã giải quyết: tổng số",
        "Resolved, total",
        ("finished.early", "finished.on_time", "finished.late"),
    ),
    OfficeColumn("resolved_early", "Giải quyết trước hạn", "Resolved early", ("finished.early",)),
    OfficeColumn("resolved_on_time", "Giải quyết đúng hạn", "Resolved on time", ("finished.on_time",)),
    OfficeColumn(
        "resolved_late_with_apology",
        "Giải quyết quá hạn, có xin lỗi",
        "Resolved late with apology",
        _LATE,
        _LATE_WITHOUT,
    ),
    OfficeColumn(
        "resolved_late_without_apology",
        "Giải quyết quá hạn, không xin lỗi",
        "Resolved late without apology",
        _LATE_WITHOUT,
    ),
    OfficeColumn("open_total", "Đang giải quyết: tổng số", "Open, total", ("open.total",)),
    OfficeColumn("open_not_due", "Đang giải quyết, chưa đến hạn", "Open, not overdue", ("open.total",), _OVERDUE),
    OfficeColumn(
        "open_overdue_with_apology",
        "Đang giải quyết, quá hạn, có xin lỗi",
        "Overdue with apology",
        _OVERDUE,
        _OVERDUE_WITHOUT,
    ),
    OfficeColumn(
        "open_overdue_without_apology",
        "Đang giải quyết, quá hạn, không xin lỗi",
        "Overdue without apology",
        _OVERDUE_WITHOUT,
    ),
    OfficeColumn("stopped", "Dừng giải quyết", "Stopped", ("discontinued.total",)),
    OfficeColumn("withdrawn", "Rút hồ sơ", "Withdrawn", ("withdrawn.total",)),
    OfficeColumn("moved_out", "Chuyển đơn vị khác", "Moved out", ("moved_out",)),
    OfficeColumn("declined", "Từ chối tiếp nhận", "Declined", ("submitted.declined",)),
    OfficeColumn(
        "withdrawn_before_reception",
        "Rút trước khi tiếp nhận",
        "Withdrawn before reception",
        ("submitted.withdrawn",),
    ),
    OfficeColumn("waiting_in_time", "Chờ tiếp nhận, trong hạn", "Waiting for reception, in time", _WAITING_IN_TIME),
    OfficeColumn("waiting_late", "Chờ tiếp nhận, quá hạn", "Waiting for reception, late", _WAITING, _WAITING_IN_TIME),
    # These two are ours (rule 11.20).
    OfficeColumn("hand_ons_late", "Nơi tiếp nhận chuyển hồ sơ trễ", "Handed on late", ("duties.hand_on_late",)),
    OfficeColumn("requests_late", "Yêu cầu bổ sung lần đầu trễ", "Papers asked for late", ("duties.request_late",)),
)

# Oldest first. The date of a form is the day on which its columns were seen in use.
FORMS = (
    OfficeForm("unit-table-2026", date(2026, 9, 20), "Bảng tổng hợp theo đơn vị của Hà Nội, tháng 9/2026", _UNIT_TABLE),
)


def form_on(day: date) -> OfficeForm:
    """The form that is asked for on a date; the first one for earlier dates."""
    return next((form for form in reversed(FORMS) if form.since <= day), FORMS[0])
