"""How some of those who collected their results rate, the late ones worse: drawn apart, so that all else stays."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app.domain.verdict import Verdict
from app.loading.bulk.history import History, Rating
from app.loading.simulation.draws import Chance
from app.loading.simulation.timing import Rates

# So many days later at most, and within so many seconds of the hour at which they were at the counter.
_MOST_DAYS, _MOST_SECONDS = 4, 3 * 3600
# As often as each score is given.
_SCORES: Mapping[bool, Sequence[int]] = {
    True: (1, 1, 2, 2, 2, 3, 3, 3, 4, 5),
    False: (2, 3, 4, 4, 4, 5, 5, 5, 5, 5),
}
_WORDS: Mapping[int, Sequence[str]] = {
    1: ("Trễ hẹn mà không được báo trước.", "Phải đi lại nhiều lần."),
    2: ("Chờ lâu hơn giấy hẹn.", "Hướng dẫn chưa rõ, phải bổ sung giấy tờ."),
    3: ("Bình thường.", "Nên có thêm ghế chờ."),
    4: ("Cán bộ nhiệt tình.", "Làm đúng hẹn."),
    5: ("Hướng dẫn tận tình.", "Nhanh, lịch sự.", "Xong trước hẹn, cảm ơn."),
}


def rating_of(history: History, chance: Chance, rates: Rates, now: datetime) -> Rating | None:
    """What whoever collected the result says of it, if anything by now."""
    last = history.states[-1]
    if last.returned_at is None or chance.random() >= rates.rated:
        return None
    at = last.returned_at + timedelta(chance.randint(0, _MOST_DAYS), chance.randint(60, _MOST_SECONDS))
    score = chance.choice(_SCORES[last.verdict is Verdict.LATE])
    words = chance.choice(_WORDS[score]) if chance.random() < rates.commented else None
    return Rating(at, score, words) if at <= now else None
