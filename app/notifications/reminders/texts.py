"""Vietnamese texts of reminders: codes and dates, without personal data."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from app.domain.localtime import local
from app.domain.occasions import OF_PROMISES, Occasion


class Line(NamedTuple):
    """A reminder about one dossier."""

    kind: Occasion
    code: str
    key: str
    escalated: bool


_TITLES: Mapping[Occasion, str] = {
    Occasion.OVERDUE: "Quá hạn giải quyết",
    Occasion.PROMISE_PASSED: "Đã qua ngày hẹn lại",
    Occasion.DUE_TODAY: "Đến hạn hôm nay",
    Occasion.PROMISE_TODAY: "Hẹn lại trả kết quả hôm nay",
    Occasion.APOLOGY_OWED: "Nếu không kịp hạn, phải xin lỗi và hẹn lại trong hôm nay",
    Occasion.PROMISE_SOON: "Hẹn lại trả kết quả vào ngày làm việc tới",
    Occasion.DUE_SOON: "Sắp đến hạn",
    Occasion.NOT_TAKEN: "Đã bàn giao nhưng chưa được nhận",
    Occasion.NO_MOVEMENT: "Chưa có xử lý mới",
    Occasion.SUSPENDED_LONG: "Tạm dừng đã lâu, chưa có phản hồi",
    Occasion.HAND_ON_LATE: "Đã tiếp nhận nhưng chưa chuyển giải quyết trong thời gian quy định",
    Occasion.ASKING_LATE: "Đã nộp nhưng chưa được kiểm tra trong thời gian quy định",
    Occasion.ANSWER_PASSED: "Đã hết thời gian bổ sung hồ sơ",
    Occasion.NOT_COLLECTED: "Đã có kết quả nhưng người nộp chưa đến nhận",
}
# For the subject line.
_SHORT: Mapping[Occasion, str] = {
    Occasion.OVERDUE: "quá hạn",
    Occasion.PROMISE_PASSED: "đã qua ngày hẹn lại",
    Occasion.DUE_TODAY: "đến hạn hôm nay",
    Occasion.PROMISE_TODAY: "hẹn lại hôm nay",
    Occasion.APOLOGY_OWED: "cần xin lỗi và hẹn lại hôm nay nếu không kịp",
    Occasion.PROMISE_SOON: "sắp đến ngày hẹn lại",
    Occasion.DUE_SOON: "sắp đến hạn",
    Occasion.NOT_TAKEN: "chưa nhận bàn giao",
    Occasion.NO_MOVEMENT: "chưa có xử lý mới",
    Occasion.SUSPENDED_LONG: "tạm dừng đã lâu",
    Occasion.HAND_ON_LATE: "chưa chuyển giải quyết",
    Occasion.ASKING_LATE: "chưa kiểm tra",
    Occasion.ANSWER_PASSED: "hết thời gian bổ sung",
    Occasion.NOT_COLLECTED: "người nộp chưa nhận kết quả",
}
_ORDER = list(Occasion)


def subject(lines: Iterable[Line]) -> str:
    """The subject line: numbers of dossiers for the most important occasions."""
    counts = [f"{len(list(group))} {_SHORT[kind]}" for kind, group in _grouped(lines)]
    return f"Nhắc việc: {' – '.join(counts[:3])}"


def body(unit: str, lines: Iterable[Line], more: int = 0) -> str:
    """The list of dossiers; `more` is the number of dossiers that are not in it."""
    parts = [f"{unit}: các hồ sơ cần xử lý."]
    for kind, group in _grouped(lines):
        parts.append("\n".join([f"{_TITLES[kind]}:", *(_line(item) for item in group)]))
    if more:
        parts.append(f"Và {more} hồ sơ khác.")
    return "\n\n".join(parts) + "\n"


def _grouped(lines: Iterable[Line]) -> Iterable[tuple[Occasion, Iterable[Line]]]:
    return groupby(
        sorted(lines, key=lambda line: (_ORDER.index(line.kind), line.key, line.code)), lambda line: line.kind
    )


def _line(line: Line) -> str:
    when = date.fromisoformat(line.key) if len(line.key) == len("YYYY-MM-DD") else None
    name = "hẹn lại" if line.kind in OF_PROMISES else "hạn"
    since = f"{name} {when:%d/%m/%Y}" if when else f"từ {local(datetime.fromisoformat(line.key)):%d/%m/%Y}"
    return f"- {line.code}, {since}" + (" (đơn vị chưa xác nhận)" if line.escalated else "")
