"""Forms of slips: number and title by the circular in force on the receipt date (data/forms.json)."""

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
    STOP = "stop"
    DISCONTINUATION = "discontinuation"
    SUBMISSION = "submission"
    PAYMENT = "payment"
    REDATE = "redate"
    TRANSFER = "transfer"
    CONTROL = "control"


# The paper of a counter, which lists its dossiers.
REGISTER = "register"
TEMPLATES = (*SlipKind, REGISTER)


@dataclass(frozen=True, slots=True)
class Form:
    """The form in the head of a paper; `number` and `circular` are None if no circular prescribes it."""

    number: str | None
    title: str
    circular: str | None


@dataclass(frozen=True, slots=True)
class _Rules:
    from_date: date
    forms: Mapping[str, Form]


def form_on(name: str, on: date) -> Form:
    """The form of a kind of slip, or of the register, in force on a local date.

    Circular 01/2018/TT-VPCP applies from 6 January 2019, Circular 03/2025/TT-VPCP from 15 September 2025. No form was
    prescribed for the whole country before. Earlier papers have the titles of 2018 without a number.
    """
    return next(rules for rules in reversed(_rules()) if rules.from_date <= on).forms[name]


@cache
def _rules() -> list[_Rules]:
    data = json.loads(_FORMS.read_text(encoding="utf-8"))
    return [_parse(rules["circular"], rules["from"], rules["forms"]) for rules in data["rules"]]


def _parse(circular: str | None, start: str, forms: Mapping[str, Mapping[str, str | None]]) -> _Rules:
    parsed = {
        name: Form(form["number"], str(form["title"]), circular if form["number"] is not None else None)
        for name, form in forms.items()
    }
    return _Rules(date.fromisoformat(start), parsed)
