"""Fields of the actions: a form has the fields that the body of its action has in the API."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from app.domain.lifecycle import CORRECTIONS, Action
from app.domain.state import LateCause
from app.dossiers.operations import BODIES
from app.dossiers.schemas import Channel, Method
from app.web.staff.forms import NO, YES, Form, moment, number, papers, unit_code, yes_no

Kind = Literal[
    "line",
    "text",
    "number",
    "date",
    "moment",
    "unit",
    "choice",
    "yes_no",
    "check",
    "condition",
    "papers",
    "entry",
    "changes",
    "procedure",
]

_KINDS: Mapping[str, Kind] = {
    "reason": "text",
    "note": "text",
    "request": "text",
    "amount": "number",
    "method": "choice",
    "fee": "number",
    "fee_due": "number",
    "fee_method": "choice",
    "days": "number",
    "promised_date": "date",
    "at": "moment",
    "to_unit": "unit",
    "outcome": "choice",
    "late_cause": "choice",
    "how": "choice",
    "another_area": "yes_no",
    "guidance_not_followed": "check",
    "condition": "condition",
    "documents": "papers",
    "sequence": "entry",
    "changes": "changes",
    "procedure": "procedure",
    "responsible_unit": "unit",
    "channel": "choice",
}
_CHOICES: Mapping[str, Sequence[str]] = {
    "outcome": ("granted", "refused"),
    "late_cause": tuple(LateCause),
    "how": get_args(Channel),
    "method": get_args(Method),
    "fee_method": get_args(Method),
    "another_area": (YES, NO),
}
# All codes of choices, in the order of the fields.
CODES = tuple(dict.fromkeys(code for choices in _CHOICES.values() for code in choices))
# The fields that a correction can change: those of the bodies of entries.
CHANGEABLE = tuple(
    name
    for name in (*_KINDS, "officer", "legal_basis", "received_by", "receipt_number", "fee_receipt_number")
    if name not in ("sequence", "changes", "documents")
)

# Endings of the names of a correction's rows. It has several rows, since a changed outcome may need a new reason too.
CHANGES = ("", "-1", "-2")


# Optional fields that are often needed.
_AT_HAND = frozenset({"officer", "documents", "how", "amount", "method", "receipt_number"})


class Field(NamedTuple):
    """One field of a form; `aside`: seldom needed, in the folded part."""

    name: str
    kind: Kind
    is_required: bool
    aside: bool
    choices: Sequence[str]


def fields_of(action: str) -> list[Field]:
    """The fields of an action, the required ones first."""
    fields = []
    for name, info in BODIES[Action(action)].model_fields.items():
        if name == "at" and action in CORRECTIONS:
            continue  # a correction happens now
        is_required = info.is_required()
        # A refusal needs its reason. An optional reason of another action is for late records.
        aside = not is_required and name not in _AT_HAND and (name, action) != ("reason", "finish")
        fields.append(Field(name, _KINDS.get(name, "line"), is_required, aside, _CHOICES.get(name, ())))
    return sorted(fields, key=lambda field: (field.aside, field.name == "officer", not field.is_required))


def body_of(action: str, form: Form) -> dict[str, Any]:
    """The body of the action from the form, without blank fields.

    A blank legal basis of a condition is the one that its version names.
    """
    body: dict[str, Any] = {}
    for field in fields_of(action):
        if field.kind == "papers":
            body[field.name] = papers(form)
        elif field.kind == "changes":
            body[field.name] = _changes(form)
        elif field.name in form:
            body[field.name] = value_of(field.name, form[field.name])
        elif field.name == "legal_basis" and (basis := form.get(f"basis-{form.get('condition')}")):
            body[field.name] = basis
    return body


def _changes(form: Form) -> dict[str, Any]:
    rows = ((form.get(f"changed{row}", ""), form.get(f"changes{row}", "")) for row in CHANGES)
    return {name: value_of(name, text) for name, text in rows if name and text}


def value_of(name: str, text: str) -> Any:
    """The value of a field in the API; a text that has no such value stays, and the API refuses it."""
    match _KINDS.get(name):
        case "number" | "entry":
            return number(text)
        case "moment":
            return moment(text)
        case "unit":
            return unit_code(text)
        case "procedure":
            return text.partition(" ")[0]
        case "yes_no" | "check":
            return yes_no(text)
    return text
