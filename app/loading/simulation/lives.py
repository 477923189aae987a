"""What becomes of a simulated dossier: its acts one after the other, each at a moment when the office is open."""

from collections.abc import Generator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from app.domain.calendar import at_minute
from app.domain.due_dates import current_deadline
from app.domain.lifecycle import Action
from app.domain.limits import LimitUnit
from app.domain.localtime import local_date
from app.domain.state import DossierState
from app.loading.simulation.timing import Setting

COUNTER, HOLDER = "counter", "holder"


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Doing(NamedTuple):
    """One act to come: by the unit at the counter or by the holder."""

    action: Action
    at: datetime
    who: str
    inputs: Mapping[str, Any] = _NOTHING
    words: Mapping[str, Any] = _NOTHING
    # Recorded so much later than it happened: the counter was offline.
    delay: timedelta = timedelta()


Life = Generator[Doing, DossierState, None]


def life(arrived: datetime, setting: Setting, receipt: Mapping[str, Any]) -> Life:
    """The acts of a dossier that comes in at `arrived`: each yielded before it happens, answered by the state after.

    `receipt` are the inputs of the first entry. Whoever runs it may stop at any act: that one has not happened yet.
    """
    if setting.channel != "online":
        state = yield Doing(Action.RECEIVE, arrived, COUNTER, receipt)
        yield from _handling(state, setting)
        return
    state = yield Doing(Action.SUBMIT, arrived, COUNTER, receipt)
    reviewed = setting.soon(arrived, setting.rates.longest_review)
    if setting.chance(setting.rates.declined):
        yield Doing(Action.DECLINE, reviewed, COUNTER, words={"reason": setting.random.choice(_DECLINED)})
        return
    if setting.chance(setting.rates.withdrawn):
        yield Doing(Action.WITHDRAW, reviewed, COUNTER, words={"request": "Nộp nhầm thủ tục, xin rút hồ sơ"})
        return
    if setting.chance(setting.rates.supplement):
        yield Doing(Action.REQUEST_SUPPLEMENT, reviewed, COUNTER, words=_missing(setting.random))
        supplied = setting.days_later(reviewed, setting.random.randint(1, 4))
        yield Doing(Action.SUPPLEMENT, supplied, COUNTER)
        reviewed = setting.soon(supplied, 240)
    state = yield Doing(Action.RECEIVE, reviewed, COUNTER)
    yield from _handling(state, setting)


def _handling(state: DossierState, setting: Setting) -> Life:
    """From receipt to the end of the legal clock, and to the return."""
    random, rates = setting.random, setting.rates
    at = state.last_occurred_at
    if setting.chance(rates.withdrawn):
        at = setting.between(at, current_deadline(state).due_at)
        yield Doing(Action.WITHDRAW, at, COUNTER, words={"request": random.choice(_WITHDRAWN)})
        return
    long = state.limit is not None and state.limit.unit is not LimitUnit.SAME_DAY and state.limit.amount != 1
    if long:
        state, at = yield from _begun(state, at, setting)
        if setting.chance(rates.discontinued):
            at = setting.between(at, max(at, state.due_at or at))
            yield Doing(Action.DISCONTINUE, at, HOLDER, words=_DISCONTINUED)
            return
        ended, state, at = yield from _waits(state, at, setting)
        if ended:
            yield from _returned(at, setting)
            return
        if setting.max_extension and setting.chance(rates.extended) and local_date(at) <= _due(state):
            days = random.randint(1, setting.max_extension)
            at = setting.between(at, state.due_at or at)
            state = yield Doing(Action.EXTEND, at, HOLDER, {"days": days}, {"legal_basis": "Theo quy định của thủ tục"})
        at = yield from _finished(state, at, setting)
    else:
        at = yield from _finished(state, at, setting, begun=False)
    yield from _returned(at, setting)


def _begun(
    state: DossierState, at: datetime, setting: Setting
) -> Generator[Doing, DossierState, tuple[DossierState, datetime]]:
    """The dossier comes to whoever works on it; sometimes another office is asked."""
    due = state.due_at or at
    for doing in _acts_to_begin(state):
        at = max(at, min(setting.soon(at), due))
        state = yield doing._replace(at=at)
    if setting.consulted is not None and setting.chance(setting.rates.consulted):
        there_and_back = ((setting.consulted, "Xin ý kiến"), (state.responsible_unit, "Trả ý kiến"))
        for unit, note in there_and_back:
            at = setting.between(at, max(at, due), 0.3)
            yield Doing(Action.FORWARD, at, HOLDER, {"to_unit": unit}, {"note": note})
            at = max(at, min(setting.soon(at), due))
            state = yield Doing(Action.TAKE, at, HOLDER)
    return state, at


def _acts_to_begin(state: DossierState) -> Sequence[Doing]:
    if state.holder_unit == state.responsible_unit:
        return (Doing(Action.TAKE, state.last_occurred_at, HOLDER),)
    return (
        Doing(Action.FORWARD, state.last_occurred_at, COUNTER, {"to_unit": state.responsible_unit}),
        Doing(Action.TAKE, state.last_occurred_at, HOLDER),
    )


def _waits(
    state: DossierState, at: datetime, setting: Setting
) -> Generator[Doing, DossierState, tuple[bool, DossierState, datetime]]:
    """The suspensions; whether the last one ended in a refusal."""
    random, rates = setting.random, setting.rates
    if setting.chance(rates.supplement):
        at = setting.between(at, max(at, state.due_at or at), 0.5)
        state = yield Doing(Action.REQUEST_SUPPLEMENT, at, HOLDER, words=_missing(random))
        if setting.chance(0.04):
            at = setting.days_later(at, random.randint(8, 12))
            reason = {"reason": "Quá thời hạn bổ sung mà hồ sơ vẫn chưa đầy đủ"}
            state = yield Doing(Action.FINISH, at, HOLDER, {"outcome": "refused"}, reason)
            return True, state, at
        at = setting.days_later(at, random.choice((0, 1, 1, 2, 2, 3, 4, 5, 7, 10)))
        state = yield Doing(Action.SUPPLEMENT, at, COUNTER)
    if setting.pays and setting.chance(rates.payment):
        at = setting.between(at, max(at, state.due_at or at), 0.5)
        state = yield Doing(Action.REQUEST_PAYMENT, at, HOLDER, {"amount": random.randint(3, 240) * 50_000})
        at = setting.days_later(at, random.choice((1, 1, 2, 3, 5, 8)))
        state = yield Doing(Action.PAY, at, COUNTER)
    if setting.chance(rates.verification):
        at = setting.between(at, max(at, state.due_at or at), 0.5)
        state = yield Doing(Action.SUSPEND, at, HOLDER, words=_VERIFIED)
        at = setting.days_later(at, random.randint(2, 10))
        state = yield Doing(Action.RESUME, at, HOLDER)
    return False, state, at


def _finished(
    state: DossierState, at: datetime, setting: Setting, *, begun: bool = True
) -> Generator[Doing, DossierState, datetime]:
    """The result is ready early, on the due date or late; late ones mostly with an apology."""
    random, due = setting.random, _due(state)
    late = setting.chance(min(0.9, setting.late_share * setting.rates.lateness))
    if late:
        day = setting.calendar.add_working_days(
            due, min(1 + int(random.expovariate(1 / 4)), setting.rates.longest_delay)
        )
        if setting.chance(0.06):
            day = setting.calendar.add_working_days(due, random.randint(10, setting.rates.longest_delay))
    else:
        day = _in_time(local_date(at), due, setting)
    finish = setting.on(day, at)
    if not begun:
        for doing in _acts_to_begin(state):
            at = setting.between(at, finish, 0.4)
            state = yield doing._replace(at=at)
    if late and setting.chance(setting.rates.apology):
        at = _apologised(at, due, finish, setting)
        promised = setting.calendar.add_working_days(day, random.randint(0, 2))
        reason = {"reason": random.choice(_LATE)}
        yield Doing(Action.RESCHEDULE, at, HOLDER, {"promised_date": promised.isoformat()}, reason)
    refused = setting.chance(setting.rates.refused)
    yield Doing(
        Action.FINISH,
        finish,
        HOLDER,
        {"outcome": "refused" if refused else "granted"},
        {"reason": random.choice(_REFUSED)} if refused else {},
    )
    return finish


def _in_time(today: date, due: date, setting: Setting) -> date:
    """The due date, or a working day between now and then."""
    room = setting.calendar.working_days_between(today, due)
    if room <= 0 or not setting.chance(setting.rates.early):
        return max(due, today)
    days = setting.random.randint(room // 3, room - 1)
    day = setting.calendar.add_working_days(today, days)
    return day if setting.calendar.is_working_day(day) else due


def _apologised(at: datetime, due: date, finish: datetime, setting: Setting) -> datetime:
    before = setting.calendar.previous_working_day(due)
    if local_date(at) <= before and setting.chance(0.7):
        return min(finish, setting.on(before, at))
    return setting.between(max(at, at_minute(due, 0)), finish)


def _returned(at: datetime, setting: Setting) -> Life:
    """The result goes to the applicant: most come on the day, some after a week."""
    random = setting.random
    days = random.choice((0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 5, 8))
    if setting.return_method == "postal":
        days += 2
    delay = timedelta(minutes=random.randint(20, 180)) if setting.chance(setting.rates.backdated) else timedelta()
    yield Doing(
        Action.RETURN,
        setting.days_later(at, days),
        COUNTER,
        {"how": setting.return_method},
        {"received_by": setting.received_by},
        delay,
    )


def _due(state: DossierState) -> date:
    return current_deadline(state).due_date


def _missing(random: Random) -> dict[str, Any]:
    paper = random.choice(_PAPERS)
    return {"reason": f"Hồ sơ còn thiếu: {paper}", "documents": [{"name": paper, "form": "original", "copies": 1}]}


_PAPERS = (
    "Giấy xác nhận nơi cư trú",
    "Bản sao Căn cước công dân",
    "Trích lục bản đồ địa chính",
    "Biên bản xác minh ranh giới thửa đất",
    "Giấy chứng sinh",
    "Văn bản ủy quyền",
    "Chứng từ nộp thuế",
)
_DECLINED = (
    "Hồ sơ không thuộc thẩm quyền giải quyết",
    "Tệp đính kèm không đọc được, đề nghị nộp lại",
    "Thành phần hồ sơ không đúng quy định",
)
_WITHDRAWN = ("Công dân xin rút hồ sơ", "Công dân không còn nhu cầu", "Xin rút hồ sơ để bổ sung và nộp lại sau")
_REFUSED = (
    "Không đủ điều kiện giải quyết theo quy định",
    "Thông tin kê khai không khớp với sổ gốc",
    "Thửa đất đang có tranh chấp",
)
_LATE = (
    "Cần xác minh thêm tại thực địa",
    "Chờ ý kiến của cơ quan phối hợp",
    "Cán bộ thụ lý được cử đi công tác đột xuất",
    "Đường sạt lở do mưa lũ, không đi xác minh được",
    "Hệ thống phần mềm bị lỗi",
)
_DISCONTINUED = {
    "reason": "Người nộp hồ sơ đã mất, không có người kế thừa quyền và nghĩa vụ",
    "legal_basis": "Nghị định 61/2018/NĐ-CP",
}
_VERIFIED = {"reason": "Chờ kết quả xác minh của cơ quan khác", "legal_basis": "Nghị định 61/2018/NĐ-CP"}
