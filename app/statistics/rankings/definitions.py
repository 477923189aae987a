"""Rates of a ranking, in words and as sums of the on-time figures (rules §11)."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.statistics.rankings.scores import Rate


@dataclass(frozen=True, slots=True)
class Definition:
    """A rate by its name among the on-time figures; each figure has the number of times that it is added."""

    name: str
    words: Mapping[str, str]
    numerator: Mapping[str, int]
    denominator: Mapping[str, int]


_DUE = {"received.total": 1, "carried_over": 1, "moved_in": 1, "moved_out": -1}
_OVERDUE = {"finished.late": -1, "open.overdue": -1, "withdrawn.overdue": -1, "discontinued.overdue": -1}

DEFINITIONS: Mapping[Rate, Definition] = {
    "finished": Definition(
        "rate_of_finished",
        {
            "vi": "Tỷ lệ hồ sơ giải quyết trước hạn và đúng hạn trên tổng số hồ sơ đã giải quyết trong kỳ.",
            "en": "Of the dossiers finished in the period, the share finished early or on time.",
        },
        {"finished.early": 1, "finished.on_time": 1},
        {"finished.early": 1, "finished.on_time": 1, "finished.late": 1},
    ),
    "due": Definition(
        "rate_of_due",
        {
            "vi": (
                "Tỷ lệ hồ sơ không quá hạn trên tổng số hồ sơ phải giải quyết trong kỳ (tiếp nhận trong kỳ, kỳ trước "
                "chuyển sang và nhận từ đơn vị khác, trừ số đã chuyển đơn vị khác). Hồ sơ quá hạn gồm hồ sơ giải quyết "
                "quá hạn, hồ sơ đang giải quyết đã quá hạn, hồ sơ rút hoặc dừng giải quyết khi đã quá hạn."
            ),
            "en": (
                "Of the dossiers due for work in the period (received, carried over and moved in, less those moved "
                "out), the share that was not late: not finished late, nor open and overdue, nor withdrawn or "
                "discontinued when overdue."
            ),
        },
        {**_DUE, **_OVERDUE},
        _DUE,
    ),
}

BELOW_MINIMUM: Mapping[str, str] = {
    "vi": "Số hồ sơ dưới mức tối thiểu để xếp hạng ({volume} < {minimum}).",
    "en": "Too few dossiers to be ranked ({volume} < {minimum}).",
}
