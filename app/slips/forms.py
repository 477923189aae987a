"""Which form a slip has: its number and title by the circular in force on the receipt date (data/forms.json)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

_FORMS = Path(__file__).parent / "data" / "forms.json"


class SlipKind(StrEnum):
    """The papers of one dossier."""

    RECEIPT = "receipt"
    SUPPLEMENT = "supplement"
    REFUSAL = "refusal"
    APOLOGY = "apology"
    DISCONTINUATION = "discontinuation"
    CONTROL = "control"


# The paper that is no dossier's: it lists those of a counter.
REGISTER = "register"
TEMPLATES = (*SlipKind, REGISTER)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it heads a paper; `number` and `circular` are None where no circular prescribes it."""

    number: str | None
    title: str
    circular: str | None


@dataclass(frozen=True, slots=True)
class _Rules:
    from_date: date
    forms: Mapping[str, Form]


def form_on(name: str, on: date) -> Form:
    """The form of a slip's kind, or of the register, by what was in force on a local date.

    Circular 01/2018/TT-VPCP from 6 January 2019, Circular 03/2025/TT-VPCP from 15 September 2025. Before the first one
    no form was prescribed for the whole country: its titles are used, without a number.
    """
    return next(rules for rules in reversed(_rules()) if rules.from_date <= on).forms[name]


@cache
def _rules() -> list[_Rules]:
    data = json.loads(_FORMS.read_text(encoding="utf-8"))
    return [_read(one["circular"], one["from"], one["forms"]) for one in data["rules"]]


def _read(circular: str | None, begins: str, forms: Mapping[str, Mapping[str, str | None]]) -> _Rules:
    read = {
        name: Form(one["number"], str(one["title"]), circular if one["number"] is not None else None)
        for name, one in forms.items()
    }
    return _Rules(date.fromisoformat(begins), read)
