"""The fields that columns of a table can fill, made from the bodies of the interface."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from app.domain.lifecycle import CORRECTIONS, Action
from app.dossiers.operations import BODIES
from app.dossiers.schemas import CoApplicantIn, DocumentIn, DossierIn


class Kind(StrEnum):
    """The way in which cells become the value of a field."""

    TEXT = "text"
    CODE = "code"
    IDENTITY = "identity"
    TELEPHONE = "telephone"
    NUMBER = "number"
    CHOICE = "choice"
    YES_OR_NO = "yes or no"
    DATE = "date"
    TIME = "time"
    DOCUMENTS = "documents"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its dotted name, like applicant.name; `choices` are the values of the interface."""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()


# Texts that are names of something in a register, or numbers of people.
_CODES = frozenset({"procedure", "receiving_unit", "responsible_unit", "to_unit", "commune", "condition"})
_KINDS = {"identity_number": Kind.IDENTITY, "phone": Kind.TELEPHONE}
# Other sections of the mapping have these.
_ELSEWHERE = frozenset({"at", "note", "reason", "submit", "external"})
# The action of an event that the rules do not know (rules §8).
NOTE = "note"
OPENING = (Action.RECEIVE.value, Action.SUBMIT.value)


@cache
def fields_of_dossier() -> Mapping[str, Field]:
    """The fields of a dossier besides its events, by name."""
    fields = _fields_of(DossierIn)
    own = (Field("code", Kind.CODE), Field("stated_due_date", Kind.DATE))
    return {name: field for name, field in fields.items() if name not in _ELSEWHERE} | {
        field.name: field for field in own
    }


@cache
def fields_of_event(action: str) -> Mapping[str, Field]:
    """The fields of an event besides its time, by name. Raises KeyError for an action that no import has."""
    if action == NOTE:
        return {"note": Field("note", Kind.TEXT)}
    fields = {name: field for name, field in _fields_of(BODIES[Action(action)]).items() if name != "at"}
    if action in OPENING:
        return {name: field for name, field in fields.items() if name in ("officer", "note", "reason")}
    return fields


ACTIONS = (*OPENING, *(action.value for action in BODIES if action not in {*CORRECTIONS, *OPENING}), NOTE)


def _fields_of(model: type[BaseModel], prefix: str = "") -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, info in model.model_fields.items():
        for kind in _types_in(info.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not DocumentIn:
                fields |= _fields_of(kind, f"{prefix}{name}.")
            elif (field := _field(f"{prefix}{name}", name, kind)) is not None:
                fields.setdefault(field.name, field)
    return fields


def _types_in(annotation: Any) -> list[Any]:
    """The types of an annotation, without None, bounds and unions."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _types_in(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [kind for member in get_args(annotation) for kind in _types_in(member)]
    return [] if annotation is NoneType else [annotation]


def _field(dotted: str, name: str, kind: Any) -> Field | None:
    if get_origin(kind) is Literal:
        return Field(dotted, Kind.CHOICE, tuple(map(str, get_args(kind))))
    if get_origin(kind) is list:
        lists = {DocumentIn: Kind.DOCUMENTS, CoApplicantIn: Kind.PEOPLE}
        return next((Field(dotted, of) for item, of in lists.items() if item in get_args(kind)), None)
    if kind is str:
        return Field(dotted, Kind.CODE if name in _CODES else _KINDS.get(name, Kind.TEXT))
    simple = {bool: Kind.YES_OR_NO, int: Kind.NUMBER, date: Kind.DATE, datetime: Kind.TIME}
    return Field(dotted, simple[kind]) if kind in simple else None
