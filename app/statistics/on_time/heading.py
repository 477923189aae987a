"""Heading of a workbook of figures: its title, then the filters, the period and the instant of the figures."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.catalogue.cache import Unit
from app.domain.localtime import local, local_date
from app.statistics.on_time.parameters import FiguresIn
from app.statistics.on_time.presenting import CHANNEL_NAMES
from app.statistics.on_time.question import Question
from app.statistics.tables import Column, Heading, Line

# The end of a title, by the kind of row.
BY_TITLES: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "office": "theo cơ quan chuyên môn",
        "commune": "theo đơn vị cấp xã",
        "unit": "theo đơn vị",
        "field": "theo lĩnh vực",
        "procedure": "theo thủ tục hành chính",
        "channel": "theo hình thức nộp",
        "month": "theo tháng",
        "level": "theo cấp thực hiện",
        "total": "toàn bộ",
    },
    "en": {
        "office": "by office",
        "commune": "by commune",
        "unit": "by unit",
        "field": "by field",
        "procedure": "by procedure",
        "channel": "by channel",
        "month": "by month",
        "level": "by level",
        "total": "in total",
    },
}

_BASIS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "receiving": "Hồ sơ tính cho đơn vị tiếp nhận",
        "step": "Số liệu tính theo bước xử lý, cho đơn vị thực hiện bước",
    },
    "en": {
        "receiving": "Each dossier counts for the unit that received it",
        "step": "Steps are counted, each for the unit that does it",
    },
}

KEY_AND_NAME = (
    Column("key", "Mã", "Code", "text"),
    Column("name", "Tên", "Name", "text"),
    Column("validity", "Hiệu lực của đơn vị", "Validity of the unit", "text", optional=True),
)
FINISHED = (
    Column("finished_total", "Đã giải quyết", "Finished"),
    Column("finished_early", "Giải quyết trước hạn", "Finished early"),
    Column("finished_on_time", "Giải quyết đúng hạn", "Finished on time"),
    Column("finished_late", "Giải quyết quá hạn", "Finished late"),
    Column("withdrawn_total", "Rút hồ sơ", "Withdrawn"),
    Column("discontinued_total", "Dừng giải quyết", "Discontinued"),
    Column("moved_out", "Chuyển đơn vị khác", "Moved out"),
)
RATES = (
    Column("rate_of_finished_value", "Tỷ lệ đúng hạn trên số đã giải quyết", "On-time rate of finished", "rate"),
    Column("rate_of_due_value", "Tỷ lệ không quá hạn trên số phải giải quyết", "Rate of due not late", "rate"),
)


def heading(title: str, query: FiguresIn, question: Question, changed: datetime | None, language: str) -> Heading:
    """The heading of figures of a period, in the language ("vi" or "en")."""
    as_of, first, last = question.whole.as_of, question.first, question.last
    lines = [units_line(question.roots, language), *_filters(query, language)]
    if question.basis in _BASIS[language]:
        lines.append(_BASIS[language][question.basis])
    if language == "en":
        lines.append(f"Period: {_day(first)} to {_day(last)}; {_as_of(as_of, last, language)}")
        lines += [f"The figures of this period last changed at {moment(changed)}"] if changed else []
    else:
        lines.append(f"Kỳ số liệu: từ ngày {_day(first)} đến ngày {_day(last)}; {_as_of(as_of, last, language)}")
        lines += [f"Số liệu của kỳ được thay đổi lần cuối lúc {moment(changed)}"] if changed else []
    return Heading(title, lines, as_of)


def units_line(units: Sequence[Unit], language: str) -> str:
    """The units of the filter by name and code, or all units."""
    names = "; ".join(f"{unit.full_name} ({unit.code})" for unit in units)
    if language == "en":
        return f"Units: {names}, with the units beneath" if names else "Units: all"
    return f"Đơn vị: {names}, gồm cả đơn vị trực thuộc" if names else "Đơn vị: tất cả"


def moment(instant: datetime) -> str:
    """A local minute as papers write it: `08:30 16/08/2021`."""
    return f"{local(instant):%H:%M %d/%m/%Y}"


def with_validity(line: Line, units: Mapping[int, Unit]) -> Line:
    """The line with the dates of its unit, which tell apart two units with one code."""
    unit_id = line.get("id")
    return line if unit_id is None else {**line, "validity": _validity(units[unit_id])}


def _validity(unit: Unit) -> str:
    return f"{_day(unit.valid_from)} – {_day(unit.valid_to) if unit.valid_to else ''}".rstrip()


def _filters(query: FiguresIn, language: str) -> list[str]:
    english = language == "en"
    channels = [CHANNEL_NAMES[language][channel] for channel in query.channel]
    lines = [
        ("Fields" if english else "Lĩnh vực", query.field),
        ("Procedures" if english else "Thủ tục", query.procedure),
        ("Channels" if english else "Hình thức nộp", channels),
    ]
    shown = [f"{name}: {', '.join(values)}" for name, values in lines if values]
    if query.successors:
        shown.append(
            "Predecessors count for their successors" if english else "Gồm số liệu của đơn vị trước khi sắp xếp lại"
        )
    return shown


def _as_of(as_of: datetime, last: date, language: str) -> str:
    """The instant of the figures: the end of the period, or the minute of a running one."""
    if local_date(as_of) > last:
        return f"as of the end of {_day(last)}" if language == "en" else f"số liệu đến hết ngày {_day(last)}"
    return f"as of {moment(as_of)}" if language == "en" else f"số liệu tính đến {moment(as_of)}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
