"""The life of a simulated dossier: its acts in order, each during opening hours."""

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


class PlannedAct(NamedTuple):
    """The next act, done by the unit at the counter or by the holder."""

    action: Action
    at: datetime
    actor: str
    inputs: Mapping[str, Any] = _NOTHING
    words: Mapping[str, Any] = _NOTHING
    # The act is recorded this much later, because the counter was offline.
    delay: timedelta = timedelta()


Life = Generator[PlannedAct, DossierState, None]


def life(arrived: datetime, setting: Setting, receipt: Mapping[str, Any]) -> Life:
    """Generates the acts of a dossier that arrives at `arrived`. Each yield receives the state after the act.

    `receipt`: the inputs of the first entry. The caller may stop at any act, which then does not happen.
    """
    if setting.channel != "online":
        state = yield PlannedAct(Action.RECEIVE, arrived, COUNTER, receipt)
        yield from _handling(state, setting)
        return
    state = yield PlannedAct(Action.SUBMIT, arrived, COUNTER, receipt)
    reviewed = setting.soon(arrived, setting.rates.longest_review)
    if setting.chance(setting.rates.declined):
        yield PlannedAct(Action.DECLINE, reviewed, COUNTER, words={"reason": setting.random.choice(_DECLINED)})
        return
    if setting.chance(setting.rates.withdrawn):
        yield PlannedAct(Action.WITHDRAW, reviewed, COUNTER, words={"request": "Nộp nhầm thủ tục, xin rút hồ sơ"})
        return
    if setting.chance(setting.rates.supplement):
        yield PlannedAct(Action.REQUEST_SUPPLEMENT, reviewed, COUNTER, words=_missing(setting.random))
        supplied = setting.days_later(reviewed, setting.random.randint(1, 4))
        yield PlannedAct(Action.SUPPLEMENT, supplied, COUNTER)
        reviewed = setting.soon(supplied, 240)
    state = yield PlannedAct(Action.RECEIVE, reviewed, COUNTER)
    yield from _handling(state, setting)


def _handling(state: DossierState, setting: Setting) -> Life:
    """The acts from receipt to the return of the result."""
    random, rates = setting.random, setting.rates
    at = state.last_occurred_at
    if setting.chance(rates.withdrawn):
        at = setting.between(at, current_deadline(state).due_at)
        yield PlannedAct(Action.WITHDRAW, at, COUNTER, words={"request": random.choice(_WITHDRAWN)})
        return
    long = state.limit is not None and state.limit.unit is not LimitUnit.SAME_DAY and state.limit.amount != 1
    if long:
        state, at = yield from _begin(state, at, setting)
        if setting.chance(rates.discontinued):
            at = setting.between(at, max(at, state.due_at or at))
            yield PlannedAct(Action.DISCONTINUE, at, HOLDER, words=_DISCONTINUED)
            return
        refused, state, at = yield from _suspensions(state, at, setting)
        if refused:
            yield from _return(at, setting)
            return
        if setting.max_extension and setting.chance(rates.extended) and local_date(at) <= _due(state):
            days = random.randint(1, setting.max_extension)
            at = setting.between(at, state.due_at or at)
            state = yield PlannedAct(
                Action.EXTEND, at, HOLDER, {"days": days}, {"legal_basis": "Theo quy định của thủ tục"}
            )
        at = yield from _finish(state, at, setting)
    else:
        at = yield from _finish(state, at, setting, begun=False)
    yield from _return(at, setting)


def _begin(
    state: DossierState, at: datetime, setting: Setting
) -> Generator[PlannedAct, DossierState, tuple[DossierState, datetime]]:
    """The dossier comes to the responsible unit, which sometimes consults another office."""
    due = state.due_at or at
    for act in _acts_to_begin(state):
        at = max(at, min(setting.soon(at), due))
        state = yield act._replace(at=at)
    if setting.consulted is not None and setting.chance(setting.rates.consulted):
        there_and_back = ((setting.consulted, "Xin ý kiến"), (state.responsible_unit, "Trả ý kiến"))
        for unit, note in there_and_back:
            at = setting.between(at, max(at, due), 0.3)
            yield PlannedAct(Action.FORWARD, at, HOLDER, {"to_unit": unit}, {"note": note})
            at = max(at, min(setting.soon(at), due))
            state = yield PlannedAct(Action.TAKE, at, HOLDER)
    return state, at


def _acts_to_begin(state: DossierState) -> Sequence[PlannedAct]:
    if state.holder_unit == state.responsible_unit:
        return (PlannedAct(Action.TAKE, state.last_occurred_at, HOLDER),)
    return (
        PlannedAct(Action.FORWARD, state.last_occurred_at, COUNTER, {"to_unit": state.responsible_unit}),
        PlannedAct(Action.TAKE, state.last_occurred_at, HOLDER),
    )


def _suspensions(
    state: DossierState, at: datetime, setting: Setting
) -> Generator[PlannedAct, DossierState, tuple[bool, DossierState, datetime]]:
    """The suspensions. The first result is True if the dossier was refused after one."""
    random, rates = setting.random, setting.rates
    if setting.chance(rates.supplement):
        at = setting.between(at, max(at, state.due_at or at), 0.5)
        state = yield PlannedAct(Action.REQUEST_SUPPLEMENT, at, HOLDER, words=_missing(random))
        if setting.chance(0.04):
            at = setting.days_later(at, random.randint(8, 12))
            reason = {"reason": "Quá thời hạn bổ sung mà hồ sơ vẫn chưa đầy đủ"}
            state = yield PlannedAct(Action.FINISH, at, HOLDER, {"outcome": "refused"}, reason)
            return True, state, at
        at = setting.days_later(at, random.choice((0, 1, 1, 2, 2, 3, 4, 5, 7, 10)))
        state = yield PlannedAct(Action.SUPPLEMENT, at, COUNTER)
    if setting.pays and setting.chance(rates.payment):
        at = setting.between(at, max(at, state.due_at or at), 0.5)
        state = yield PlannedAct(Action.REQUEST_PAYMENT, at, HOLDER, {"amount": random.randint(3, 240) * 50_000})
        at = setting.days_later(at, random.choice((1, 1, 2, 3, 5, 8)))
        state = yield PlannedAct(Action.PAY, at, COUNTER, {"method": "transfer"})
    if setting.chance(rates.verification):
        at = setting.between(at, max(at, state.due_at or at), 0.5)
        state = yield PlannedAct(Action.SUSPEND, at, HOLDER, words=_VERIFIED)
        at = setting.days_later(at, random.randint(2, 10))
        state = yield PlannedAct(Action.RESUME, at, HOLDER)
    return False, state, at


def _finish(
    state: DossierState, at: datetime, setting: Setting, *, begun: bool = True
) -> Generator[PlannedAct, DossierState, datetime]:
    """The result: early, on the due date, or late and then mostly with an apology."""
    random, due = setting.random, _due(state)
    late = setting.chance(min(0.9, setting.late_share * setting.rates.lateness))
    if late:
        day = setting.calendar.add_working_days(
            due, min(1 + int(random.expovariate(1 / 4)), setting.rates.longest_delay)
        )
        if setting.chance(0.06):
            day = setting.calendar.add_working_days(due, random.randint(10, setting.rates.longest_delay))
    else:
        day = _day_in_time(local_date(at), due, setting)
    finish = setting.on(day, at)
    if not begun:
        for act in _acts_to_begin(state):
            at = setting.between(at, finish, 0.4)
            state = yield act._replace(at=at)
    if late and setting.chance(setting.rates.apology):
        at = _apology_time(at, due, finish, setting)
        promised = setting.calendar.add_working_days(day, random.randint(0, 2))
        reason = {"reason": random.choice(_LATE)}
        yield PlannedAct(Action.RESCHEDULE, at, HOLDER, {"promised_date": promised.isoformat()}, reason)
    refused = setting.chance(setting.rates.refused)
    yield PlannedAct(
        Action.FINISH,
        finish,
        HOLDER,
        {"outcome": "refused" if refused else "granted"},
        {"reason": random.choice(_REFUSED)} if refused else {},
    )
    return finish


def _day_in_time(today: date, due: date, setting: Setting) -> date:
    """The due date, or a working day before it."""
    room = setting.calendar.working_days_between(today, due)
    if room <= 0 or not setting.chance(setting.rates.early):
        return max(due, today)
    days = setting.random.randint(room // 3, room - 1)
    day = setting.calendar.add_working_days(today, days)
    return day if setting.calendar.is_working_day(day) else due


def _apology_time(at: datetime, due: date, finish: datetime, setting: Setting) -> datetime:
    before = setting.calendar.previous_working_day(due)
    if local_date(at) <= before and setting.chance(0.7):
        return min(finish, setting.on(before, at))
    return setting.between(max(at, at_minute(due, 0)), finish)


def _return(at: datetime, setting: Setting) -> Life:
    """The applicant collects the result, mostly on the same day, sometimes a week later."""
    random = setting.random
    days = random.choice((0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 5, 8))
    if setting.return_method == "postal":
        days += 2
    delay = timedelta(minutes=random.randint(20, 180)) if setting.chance(setting.rates.backdated) else timedelta()
    yield PlannedAct(
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
