"""Dates, times, limits and amounts as Vietnamese official papers write them (Decree 30/2020/NĐ-CP)."""

from collections.abc import Mapping
from datetime import date, datetime

from app.domain.limits import LimitUnit, TimeLimit
from app.domain.localtime import local

_LIMIT: Mapping[LimitUnit, str] = {
    LimitUnit.WORKING_DAY: "{amount:02d} ngày làm việc",
    LimitUnit.CALENDAR_DAY: "{amount:02d} ngày",
    LimitUnit.MONTH: "{amount:02d} tháng",
    LimitUnit.WORKING_HOUR: "{amount:02d} giờ làm việc",
}
PAPER_FORM: Mapping[str, str] = {
    "original": "Bản chính",
    "copy": "Bản sao",
    "certified_copy": "Bản sao có chứng thực",
    "electronic": "Bản điện tử",
}
CHANNEL: Mapping[str, str] = {
    "counter": "Trực tiếp",
    "online": "Trực tuyến",
    "postal": "Dịch vụ bưu chính công ích",
}
AUTHORITY: Mapping[str, str] = {
    "written": "Văn bản ủy quyền",
    "certified": "Văn bản ủy quyền có công chứng, chứng thực",
    "legal": "Giấy tờ về đại diện theo pháp luật",
    "family": "Giấy tờ về quan hệ nhân thân",
    "introduction": "Giấy giới thiệu",
    "service": "Hợp đồng dịch vụ",
    "other": "Căn cứ nộp thay",
}
VERDICT: Mapping[str, str] = {"early": "Trước hạn", "on_time": "Đúng hạn", "late": "Quá hạn"}


def addressee(kind: str, name: str) -> str:
    """The addressee of a letter: `Ông/Bà Nguyễn Thị Hoa` for a person, the name alone for an organisation."""
    return f"Ông/Bà {name}" if kind == "person" else name


def day_words(day: date) -> str:
    """`ngày 05 tháng 02 năm 2021`: days under 10 and the months 1 and 2 have a zero, so that no digit can be added."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def moment_words(instant: datetime) -> str:
    """`08 giờ 30 phút, ngày 16 tháng 8 năm 2021`, in local time."""
    here = local(instant)
    return f"{here:%H} giờ {here:%M} phút, {day_words(here.date())}"


def short_day(day: date) -> str:
    """`16/08/2021`, for tables."""
    return f"{day:%d/%m}/{day.year:04d}"


def short_moment(instant: datetime) -> str:
    """`08:30 16/08/2021`, for tables, in local time."""
    here = local(instant)
    return f"{here:%H:%M} {short_day(here.date())}"


def limit_words(limit: TimeLimit) -> str:
    """`03 ngày làm việc`."""
    if limit.amount is None:
        return "trong ngày làm việc"
    return _LIMIT[limit.unit].format(amount=limit.amount)


def money(amount: int) -> str:
    """`1.500.000 đồng`."""
    return f"{amount:,} đồng".replace(",", ".")
