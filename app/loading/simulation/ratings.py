"""Simulated ratings, worse after late results. Their own seed keeps all other data unchanged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app.domain.verdict import Verdict
from app.loading.bulk.history import History, Rating
from app.loading.simulation.draws import FastRandom
from app.loading.simulation.timing import Rates

# Latest rating: days after the return, and seconds after its time of day.
_MOST_DAYS, _MOST_SECONDS = 4, 3 * 3600
# Scores after a late (True) or timely result; repetitions are weights.
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


def rating_of(history: History, random: FastRandom, rates: Rates, now: datetime) -> Rating | None:
    """A rating of the result before `now`, or None."""
    last = history.states[-1]
    if last.returned_at is None or random.random() >= rates.rated:
        return None
    at = last.returned_at + timedelta(random.randint(0, _MOST_DAYS), random.randint(60, _MOST_SECONDS))
    score = random.choice(_SCORES[last.verdict is Verdict.LATE])
    words = random.choice(_WORDS[score]) if random.random() < rates.commented else None
    return Rating(at, score, words) if at <= now else None
