"""What can be done with a dossier, each as a form with the fields that its body has in the interface."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from app.domain.lifecycle import Action
from app.dossiers.operations import BODIES
from app.dossiers.schemas import Channel
from app.web.counter.forms import Form, moment, number, papers, unit_code

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
]

_KINDS: Mapping[str, Kind] = {
    "reason": "text",
    "note": "text",
    "request": "text",
    "amount": "number",
    "days": "number",
    "promised_date": "date",
    "at": "moment",
    "to_unit": "unit",
    "outcome": "choice",
    "how": "choice",
    "another_area": "yes_no",
    "guidance_not_followed": "check",
    "condition": "condition",
    "documents": "papers",
    "sequence": "entry",
    "changes": "changes",
}
YES, NO = "yes", "no"
_CHOICES: Mapping[str, Sequence[str]] = {
    "outcome": ("granted", "refused"),
    "how": get_args(Channel),
    "another_area": (YES, NO),
}
# What a correction can change: the fields that an entry's body may have, as they are written.
CHANGEABLE = tuple(
    name
    for name in (*_KINDS, "officer", "legal_basis", "received_by")
    if name not in ("sequence", "changes", "documents")
)

# A correction's rows of what is changed to what, by the ends of their names: a refusal, for one, needs a reason too.
CHANGES = ("", "-1", "-2")


class Field(NamedTuple):
    """One field of a form; `aside` where it is seldom needed and folded."""

    name: str
    kind: Kind
    is_required: bool
    aside: bool
    choices: Sequence[str]


def fields_of(action: str) -> list[Field]:
    """The fields of an action, those that it cannot do without first."""
    found = []
    for name, about in BODIES[Action(action)].model_fields.items():
        is_required = about.is_required()
        # The reason of a refusal is needed; elsewhere one that is not needed is for what is recorded late.
        aside = (
            not is_required and name not in ("officer", "documents", "how") and (name, action) != ("reason", "finish")
        )
        found.append(Field(name, _KINDS.get(name, "line"), is_required, aside, _CHOICES.get(name, ())))
    return sorted(found, key=lambda one: (one.aside, one.name == "officer", not one.is_required))


def body_of(action: str, form: Form) -> dict[str, Any]:
    """The body of the action as the form says it; a blank field is left out.

    A blank legal basis of a condition is the one that its version names.
    """
    body: dict[str, Any] = {}
    for field in fields_of(action):
        if field.kind == "papers":
            body[field.name] = papers(form)
        elif field.kind == "changes":
            body[field.name] = _changes(form)
        elif field.name in form:
            body[field.name] = typed(field.name, form[field.name])
        elif field.name == "legal_basis" and (basis := form.get(f"basis-{form.get('condition')}")):
            body[field.name] = basis
    return body


def _changes(form: Form) -> dict[str, Any]:
    rows = ((form.get(f"changed{row}", ""), form.get(f"changes{row}", "")) for row in CHANGES)
    return {name: typed(name, text) for name, text in rows if name and text}


def typed(name: str, text: str) -> Any:
    """The text of a field as the interface takes it."""
    match _KINDS.get(name):
        case "number" | "entry":
            return number(text)
        case "moment":
            return moment(text)
        case "unit":
            return unit_code(text)
        case "yes_no" | "check":
            return {YES: True, NO: False}.get(text, text)
    return text
