"""The periods that the board offers, with their titles."""

from datetime import date

from app.lookup.texts import Words, day_text
from app.statistics.on_time.periods import named_period
from app.statistics.on_time.question import Question

_FROM_TO = Words("Từ {first} đến {last}", "{first} to {last}")


def period_choices(today: date, chosen: str | None, language: str) -> list[tuple[str, str]]:
    """Names and titles of periods: this and the last month, quarter and year, and the chosen period."""
    month = today.year * 12 + today.month - 1
    quarter = month // 3
    names = [
        *(f"{number // 12}-{number % 12 + 1:02}" for number in (month, month - 1)),
        *(f"{number // 4}-Q{number % 4 + 1}" for number in (quarter, quarter - 1)),
        *(f"{year}" for year in (today.year, today.year - 1)),
    ]
    if chosen is not None and chosen not in names:
        names.insert(0, chosen)
    return [(name, named_period(name).title(language)) for name in names]


def title_of(question: Question, chosen: str | None, language: str) -> str:
    """The title of a question's period: of its name, or of its dates without a name."""
    if chosen is not None:
        return named_period(chosen).title(language)
    return _FROM_TO.say(language, first=day_text(question.first, language), last=day_text(question.last, language))
