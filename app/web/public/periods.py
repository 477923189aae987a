"""Which periods the board offers, and what a period is called."""

from datetime import date

from app.lookup.texts import Words, day_text
from app.statistics.on_time.periods import named_period
from app.statistics.on_time.question import Question

_FROM_TO = Words("Từ {first} đến {last}", "{first} to {last}")


def offered(today: date, chosen: str | None, language: str) -> list[tuple[str, str]]:
    """Names of periods with what they are called: this and the last month, quarter and year, and the chosen one."""
    month = today.year * 12 + today.month - 1
    quarter = month // 3
    names = [
        *(f"{one // 12}-{one % 12 + 1:02}" for one in (month, month - 1)),
        *(f"{one // 4}-Q{one % 4 + 1}" for one in (quarter, quarter - 1)),
        *(f"{year}" for year in (today.year, today.year - 1)),
    ]
    if chosen is not None and chosen not in names:
        names.insert(0, chosen)
    return [(name, named_period(name).title(language)) for name in names]


def title_of(question: Question, chosen: str | None, language: str) -> str:
    """What the period of a question is called: by its name, else by its dates."""
    if chosen is not None:
        return named_period(chosen).title(language)
    return _FROM_TO.say(language, first=day_text(question.first, language), last=day_text(question.last, language))
