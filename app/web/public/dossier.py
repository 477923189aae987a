"""The facts of a dossier's public page: its status in plain words, three stops, and the place of collection."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from markupsafe import Markup

from app.catalogue.cache import Reference
from app.domain.state import Clock, Stage, Status
from app.lookup.reasons import suspended_for
from app.lookup.schemas import LookupOut
from app.lookup.texts import Words
from app.web.public.languages import LANGUAGES
from app.web.public.opening_hours import Opening, openings

_PLAIN: Mapping[str, Words] = {
    Status.SUBMITTED: Words(
        "Hồ sơ đã được gửi và đang chờ kiểm tra. Thời hạn được tính từ khi hồ sơ đầy đủ và được tiếp nhận.",
        "The dossier was sent in and waits to be checked. The time limit begins once it is complete and received.",
    ),
    Status.RECEIVED: Words(
        "Bộ phận Một cửa đã tiếp nhận hồ sơ và đang chuyển đến cơ quan giải quyết.",
        "The counter has received the complete papers and passes them to the unit in charge.",
    ),
    Status.DECLINED: Words(
        "Hồ sơ không được tiếp nhận. Vui lòng liên hệ Bộ phận Một cửa dưới đây để được hướng dẫn.",
        "The dossier was not accepted. Ask at the counter below what is missing.",
    ),
    Status.PROCESSING: Words("Hồ sơ đang được giải quyết.", "The dossier is being processed."),
    Status.AWAITING_SUPPLEMENT: Words(
        "Hồ sơ cần được bổ sung. Đề nghị Ông/Bà nộp bổ sung theo phiếu yêu cầu tại nơi nêu dưới đây.",
        "Further papers are needed. Please bring the requested papers to the place below.",
    ),
    Status.AWAITING_PAYMENT: Words(
        "Đề nghị Ông/Bà thực hiện nghĩa vụ tài chính theo thông báo để hồ sơ được tiếp tục giải quyết.",
        "A payment is needed before the dossier can go on. The notice has the details.",
    ),
    Status.WITHDRAWN: Words(
        "Hồ sơ đã được rút theo yêu cầu của người nộp.", "The dossier was withdrawn at the applicant's request."
    ),
    Status.DISCONTINUED: Words(
        "Cơ quan đã dừng giải quyết hồ sơ này. Lý do nêu trong thông báo tại Bộ phận Một cửa.",
        "The office has ended its work on this dossier. The notice at the counter says why.",
    ),
    Status.FINISHED: Words(
        "Đã có kết quả giải quyết. Mời Ông/Bà đến nhận tại nơi nêu dưới đây.",
        "The result is ready. It can be collected at the place below.",
    ),
    Status.RETURNED: Words("Đã trả kết quả cho người nộp hồ sơ.", "The result was handed over."),
    Status.ANNULLED: Words(
        "Mã hồ sơ này được cấp do nhập nhầm và đã hủy. Nếu Ông/Bà có giấy hẹn ghi mã này, vui lòng liên hệ Bộ phận Một"
        " cửa dưới đây.",
        "This code was given by mistake and is annulled. If it stands on your slip, please ask at the counter below.",
    ),
}
_NAMES: Mapping[str, Words] = {
    Stage.RECEIVE: Words("Tiếp nhận", "Received"),
    Stage.PROCESS: Words("Giải quyết", "In process"),
    Stage.RETURN: Words("Trả kết quả", "Result"),
}
_DONE, _NOW, _TO_COME, _ENDED = "done", "now", "to-come", "ended"
_STATES: Mapping[str, Words] = {
    _DONE: Words("đã hoàn thành", "done"),
    _NOW: Words("hiện tại", "now"),
    _TO_COME: Words("tiếp theo", "to come"),
    _ENDED: Words("đã dừng", "ended here"),
}
_WITHOUT_RESULT = frozenset({Status.DECLINED, Status.WITHDRAWN, Status.DISCONTINUED, Status.ANNULLED})


class Score(NamedTuple):
    """One choice in the form of a rating."""

    value: int
    text: str


_SCORE_NAMES = (
    Words("Rất không hài lòng", "Very dissatisfied"),
    Words("Không hài lòng", "Dissatisfied"),
    Words("Bình thường", "Neither"),
    Words("Hài lòng", "Satisfied"),
    Words("Rất hài lòng", "Very satisfied"),
)
_SCORES = {
    language: [Score(value, words.say(language)) for value, words in enumerate(_SCORE_NAMES, start=1)]
    for language in LANGUAGES
}


class Stop(NamedTuple):
    """One of the three stops: its name, `state` for its drawing, and the state in words."""

    stage: str
    name: str
    state: str
    state_text: str


def dossier_facts(reference: Reference, lookup: LookupOut, explanation: Markup, language: str) -> dict[str, Any]:
    """The facts of the template `dossier.html`; `explanation` comes from `deadline_part`."""
    return {
        "lookup": lookup,
        "plain": _PLAIN[Status(lookup.status)].say(language),
        "tone": _tone(lookup),
        "way": _way(lookup, language),
        "holder": reference.units[lookup.holder_unit.id].full_name if lookup.holder_unit else None,
        "counter": reference.units[lookup.collect_at.unit.id].full_name,
        "openings": _openings(reference, lookup, language),
        "waits_for": suspended_for(lookup.suspension_reason, language) if lookup.suspension_reason else None,
        "explanation": explanation,
        "scores": _SCORES[language] if lookup.returned_date else (),
    }


def _tone(lookup: LookupOut) -> str:
    """The colour of the status, which the words say too."""
    if lookup.overdue:
        return "late"
    if lookup.status in _WITHOUT_RESULT:
        return "ended"
    if lookup.clock == Clock.SUSPENDED:
        return "wait"
    return "done" if lookup.stage == Stage.RETURN else "calm"


def _way(lookup: LookupOut, language: str) -> list[Stop]:
    if lookup.status == Status.ANNULLED:
        return []
    stages = list(_NAMES)
    here = stages.index(lookup.stage)
    returned = lookup.status == Status.RETURNED
    stops = []
    for number, stage in enumerate(stages):
        state = _DONE if number < here or returned else _NOW if number == here else _TO_COME
        if number == here and lookup.status in _WITHOUT_RESULT:
            state = _ENDED
        stops.append(Stop(stage, _NAMES[stage].say(language), state, _STATES[state].say(language)))
    return stops


# Opening hours by counter, for each copy of the reference data.
_OPENINGS: WeakKeyDictionary[Reference, dict[tuple[int, str], list[Opening]]] = WeakKeyDictionary()


def _openings(reference: Reference, lookup: LookupOut, language: str) -> list[Opening]:
    cache = _OPENINGS.setdefault(reference, {})
    key = (lookup.collect_at.unit.id, language)
    if key not in cache:
        cache[key] = openings(lookup.collect_at.sessions, language)
    return cache[key]
