"""Texts that explain a deadline: its rule, and each of its days (rules §3 to §5)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from app.domain.calendar import WorkingCalendar
from app.domain.deadline import ClockPolicy, CutOff, DayKind, DayLine, Deadline, LimitUnit, TimeLimit
from app.domain.regimes import FIRST, Regime
from app.domain.state import SuspensionReason
from app.domain.working_days import SATURDAY
from app.lookup.texts import Words

_WEEKDAYS = (
    Words("Thứ Hai", "Monday"),
    Words("Thứ Ba", "Tuesday"),
    Words("Thứ Tư", "Wednesday"),
    Words("Thứ Năm", "Thursday"),
    Words("Thứ Sáu", "Friday"),
    Words("Thứ Bảy", "Saturday"),
    Words("Chủ nhật", "Sunday"),
)
_SUSPENDED_FOR: Mapping[str, Words] = {
    SuspensionReason.SUPPLEMENT.value: Words("chờ bổ sung hồ sơ", "waiting for papers"),
    SuspensionReason.PAYMENT.value: Words("chờ thực hiện nghĩa vụ tài chính", "waiting for a payment"),
    SuspensionReason.VERIFICATION.value: Words("chờ xác minh", "waiting for a verification"),
    SuspensionReason.OUTAGE.value: Words("sự cố hệ thống đã được thông báo", "an announced outage of a system"),
}

# --- The rule ---------------------------------------------------------------------------------------------------------

_LIMITS: Mapping[LimitUnit, Words] = {
    LimitUnit.WORKING_DAY: Words(
        "Thời hạn {amount} ngày làm việc. Ngày tiếp nhận không tính (khoản 3 Điều 147 Bộ luật Dân sự 2015); ngày nghỉ "
        "cuối tuần và ngày nghỉ lễ, Tết không tính, ngày làm bù có tính; thời hạn kết thúc khi hết ngày cuối cùng "
        "(khoản 1 Điều 148).",
        "{amount} working day{s}. The day of receipt does not count (Civil Code 2015, article 147.3); weekends and "
        "holidays do not count, make-up days do; the limit ends with its last day (article 148.1).",
    ),
    LimitUnit.CALENDAR_DAY: Words(
        "Thời hạn {amount} ngày, tính cả ngày nghỉ. Ngày tiếp nhận không tính (khoản 3 Điều 147 Bộ luật Dân sự 2015); "
        "nếu ngày cuối cùng là ngày nghỉ thì thời hạn kết thúc vào ngày làm việc tiếp theo (khoản 1 và 5 Điều 148).",
        "{amount} day{s}, days off included. The day of receipt does not count (Civil Code 2015, article 147.3); where "
        "the last day is a day off, the limit ends with the next working day (articles 148.1 and 148.5).",
    ),
    LimitUnit.MONTH: Words(
        "Thời hạn {amount} tháng, kết thúc vào ngày tương ứng của tháng cuối cùng, hoặc ngày cuối tháng nếu không có "
        "ngày tương ứng (khoản 3 Điều 148 Bộ luật Dân sự 2015); nếu là ngày nghỉ thì kết thúc vào ngày làm việc tiếp "
        "theo (khoản 5 Điều 148).",
        "{amount} month{s}, ending on the same day of the last month, or on that month's last day if there is none "
        "(Civil Code 2015, article 148.3); where that is a day off, with the next working day (article 148.5).",
    ),
    LimitUnit.SAME_DAY: Words(
        "Trả kết quả ngay trong ngày tiếp nhận; nếu tiếp nhận sau 15 giờ hoặc vào ngày nghỉ thì trả kết quả trong ngày "
        "làm việc tiếp theo (khoản 5 Điều 148 Bộ luật Dân sự 2015).",
        "The result is due on the day of receipt, or on the next working day after a receipt later than 15:00 or on a "
        "day off (Civil Code 2015, article 148.5).",
    ),
    LimitUnit.WORKING_HOUR: Words(
        "Thời hạn {amount} giờ làm việc, tính từ thời điểm tiếp nhận (khoản 1 Điều 147 Bộ luật Dân sự 2015) và chỉ "
        "tính trong giờ làm việc; tiếp nhận ngoài giờ thì tính từ đầu buổi làm việc kế tiếp.",
        "{amount} working hour{s} from the moment of receipt (Civil Code 2015, article 147.1), counted within opening "
        "hours only; after a receipt outside them they begin with the next opening.",
    ),
}
_EXTENDED = Words("Thời hạn được gia hạn thêm {days} ngày.", "The limit was extended; days added: {days}.")
_POLICIES: Mapping[ClockPolicy, Words] = {
    ClockPolicy.EXCLUDE: Words(
        "Thời gian tạm dừng không tính vào thời hạn.", "The time of a suspension does not count against the limit."
    ),
    ClockPolicy.RESTART: Words(
        "Sau khi hết tạm dừng, thời hạn được tính lại từ đầu.", "After a suspension the limit starts again."
    ),
    ClockPolicy.RUN: Words(
        "Việc tạm dừng chỉ được ghi nhận, thời hạn vẫn tiếp tục tính.",
        "A suspension is only recorded, the limit goes on.",
    ),
}
_TOO_LATE = Words(
    "Tạm dừng bắt đầu sau ngày hẹn không làm thay đổi ngày hẹn.",
    "A suspension that began after the due date changes nothing.",
)
_OPEN = Words(
    "Hồ sơ đang tạm dừng: ngày hẹn sẽ được tính lại khi hết tạm dừng.",
    "A suspension is open: the due date is computed again when it ends.",
)
_PROVISIONAL = Words(
    "Ngày hẹn là tạm tính, vì lịch nghỉ của một năm liên quan chưa có quyết định chính thức.",
    "The due date is provisional: the calendar of one of its years waits for its decision.",
)


_CUT_OFF = Words(
    "Hồ sơ tiếp nhận sau {time} hoặc vào ngày nghỉ được tính từ ngày làm việc tiếp theo: ngày đó là ngày 0 và không "
    "tính, theo cách hiểu của hệ thống này.",
    "After a receipt later than {time} or on a day off, the limit is counted from the next working day: by the reading "
    "of this service that day is not counted itself.",
)
_BEFORE_CLOSING = Words("{minutes} phút trước khi hết giờ làm việc", "{minutes} minutes before closing")
_ANOTHER_AREA = Words(
    "Hồ sơ được tiếp nhận không phụ thuộc vào địa giới hành chính: thời hạn tính từ khi cơ quan có thẩm quyền nhận "
    "được hồ sơ (khoản 3 Điều 17 Nghị định 118/2025/NĐ-CP, được sửa đổi bởi Nghị định 309/2026/NĐ-CP).",
    "The dossier was received for another area: the limit runs from the time when the competent agency has it (Decree "
    "118/2025, article 17.3, as amended by Decree 309/2026).",
)
_AS_IF = Words(
    "Cơ quan có thẩm quyền chưa nhận được hồ sơ: ngày hẹn là dự kiến, tính như khi hồ sơ được chuyển ngay.",
    "The competent agency does not have the dossier yet: the due date is expected, as if it were handed on at once.",
)
_IN_FORCE = Words("Áp dụng quy định có hiệu lực từ ngày {since}.", "The rules in force since {since} apply.")


class Origin(NamedTuple):
    """The rules in force at the receipt, and the instant that the limit runs from (rules §15)."""

    regime: Regime
    another_area: bool
    awaits_agency: bool


def rule_text(
    limit: TimeLimit,
    deadline: Deadline,
    extension_days: int,
    language: str,
    cut_off: CutOff | None = None,
    origin: Origin | None = None,
) -> str:
    """The rule of the due date, with its articles and the date since which it is in force (rules §4, §5, §15)."""
    sentences = [_LIMITS[limit.unit].say(language, amount=limit.amount, s="" if limit.amount == 1 else "s")]
    if cut_off is not None and limit.unit not in (LimitUnit.SAME_DAY, LimitUnit.WORKING_HOUR):
        sentences.append(_CUT_OFF.say(language, time=_time_of(cut_off, language)))
    sentences += _origin_texts(origin, language) if origin else []
    if extension_days:
        sentences.append(_EXTENDED.say(language, days=extension_days))
    counted = {
        suspension.policy
        for suspension in deadline.suspensions
        if suspension.counts or suspension.policy is ClockPolicy.RUN
    }
    sentences += [words.say(language) for policy, words in _POLICIES.items() if policy in counted]
    if any(not suspension.counts and suspension.policy is not ClockPolicy.RUN for suspension in deadline.suspensions):
        sentences.append(_TOO_LATE.say(language))
    if any(suspension.counts and suspension.end is None for suspension in deadline.suspensions):
        sentences.append(_OPEN.say(language))
    if deadline.provisional:
        sentences.append(_PROVISIONAL.say(language))
    return " ".join(sentences)


def _time_of(cut_off: CutOff, language: str) -> str:
    if cut_off.minute is None:
        return _BEFORE_CLOSING.say(language, minutes=cut_off.before_closing)
    return f"{cut_off.minute // 60:02}:{cut_off.minute % 60:02}"


def _origin_texts(origin: Origin, language: str) -> list[str]:
    texts = []
    if origin.another_area:
        texts.append(_ANOTHER_AREA.say(language))
    if origin.awaits_agency:
        texts.append(_AS_IF.say(language))
    if origin.regime is not FIRST:
        texts.append(_IN_FORCE.say(language, since=f"{origin.regime.since:%d/%m/%Y}"))
    return texts


# --- The days ---------------------------------------------------------------------------------------------------------

_RECEIPT = Words("ngày tiếp nhận, không tính", "day of receipt, not counted")
_RECEIPT_COUNTED = Words("ngày tiếp nhận, trả kết quả trong ngày", "day of receipt, the result is due on it")
_RECEIPT_TOO_LATE = Words(
    "ngày tiếp nhận, sau 15 giờ nên không tính", "day of receipt, later than 15:00 and so not counted"
)
_RECEIPT_HOURS = Words("ngày tiếp nhận, tính từ giờ tiếp nhận", "day of receipt, counted from that hour on")
_KINDS: Mapping[DayKind, Words] = {
    DayKind.WORKING_DAY: Words("ngày làm việc", "working day"),
    DayKind.MAKE_UP_DAY: Words("ngày làm bù", "make-up day, worked"),
    DayKind.DAY_ZERO: Words(
        "ngày 0 vì tiếp nhận sau giờ quy định, không tính", "day 0 after a late receipt, not counted"
    ),
    DayKind.SUSPENDED: Words("tạm dừng tính thời hạn, {reason}", "suspended, {reason}"),
    DayKind.BEFORE_RESTART: Words("trước khi thời hạn được tính lại từ đầu", "before the limit started again"),
}
_WEEKEND = Words("nghỉ cuối tuần", "weekend")
_DAY_OFF = Words("ngày nghỉ", "day off")
_COUNTS = Words("được tính", "counts")
_COUNTS_TOO = Words("vẫn được tính", "counts all the same")
_ROLLED_OFF = Words("thời hạn không kết thúc vào ngày nghỉ", "the limit does not end on a day off")
_ROLLED = Words("ngày làm việc tiếp theo", "next working day")
_PARTLY = Words("trừ thời gian tạm dừng, {reason}", "without the suspension, {reason}")
_DUE = Words("ngày hẹn trả kết quả", "due date")


class _Day(NamedTuple):
    """The key of a day's text. There are few different keys among many days, so texts are cached."""

    weekday: int
    kind: DayKind
    counted: bool
    minutes: bool | None
    name: str | None
    holiday: str | None
    is_off: bool
    is_due: bool
    is_same_day_limit: bool


def day_text(line: DayLine, limit: TimeLimit, deadline: Deadline, calendar: WorkingCalendar, language: str) -> str:
    """The reason why a day counts or not: "Thứ Năm: ngày nghỉ (Quốc khánh)"."""
    day, year = line.date, calendar.year(line.date.year)
    about = _Day(
        day.weekday(),
        line.kind,
        line.counted,
        None if line.minutes is None else line.minutes > 0,
        line.name,
        year.names.get(day),
        not year.is_working_day(day),
        day == deadline.due_date,
        limit.unit is LimitUnit.SAME_DAY,
    )
    return _said(about, language)


@lru_cache(maxsize=4096)
def _said(day: _Day, language: str) -> str:
    parts = [part.say(language, **facts) for part, facts in _parts(day, language)]
    if day.is_due:
        parts.append(_DUE.say(language))
    named = f" ({day.holiday})" if day.holiday else ""
    return f"{weekday(day.weekday, language)}{named}: {'; '.join(parts)}"


def suspended_for(reason: str, language: str) -> str:
    """The reason of a suspension in general words; `reason` is the value of a SuspensionReason."""
    return _SUSPENDED_FOR[reason].say(language)


def weekday(number: int, language: str) -> str:
    """The name of a weekday in the language; 0 is Monday."""
    return _WEEKDAYS[number].say(language)


_Part = tuple[Words, Mapping[str, str]]


def _parts(day: _Day, language: str) -> Iterable[_Part]:
    reason = _SUSPENDED_FOR.get(day.name or "")
    facts = {"reason": reason.say(language)} if reason else {}
    match day.kind:
        case DayKind.RECEIPT_DAY:
            yield _receipt(day), {}
        case DayKind.SUSPENDED | DayKind.BEFORE_RESTART | DayKind.DAY_ZERO:
            yield _KINDS[day.kind], facts
            return
        case DayKind.WORKING_DAY | DayKind.MAKE_UP_DAY:
            yield _KINDS[day.kind], {}
        case DayKind.ROLLED if not day.is_off:
            yield _ROLLED, {}
    if day.is_off:
        yield _off(day), {}
    if day.kind is DayKind.CALENDAR_DAY:
        yield _COUNTS_TOO if day.is_off else _COUNTS, {}
    elif day.kind is DayKind.ROLLED and day.is_off:
        yield _ROLLED_OFF, {}
    if facts and day.minutes:
        yield _PARTLY, facts


def _receipt(day: _Day) -> Words:
    if day.counted:
        return _RECEIPT_HOURS if day.minutes is not None else _RECEIPT_COUNTED
    return _RECEIPT_TOO_LATE if day.is_same_day_limit and not day.is_off else _RECEIPT


def _off(day: _Day) -> Words:
    return _WEEKEND if day.weekday >= SATURDAY else _DAY_OFF
