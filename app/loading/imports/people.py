"""People of a line: a number that does not fit its stated kind is kept without the kind (rules §18)."""

from collections.abc import Mapping
from typing import Any

from app.domain.identity_papers import Paper, fault_of
from app.dossiers.participants import AGENT, CO_APPLICANTS


def without_wrong_kinds(about: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The fields of a dossier without wrong kinds of papers, and true if there was one.

    An old register keeps the number as it has it. The dossier then warns of it.
    """
    changed: dict[str, Any] = {name: _bare(about[name]) for name in ("applicant", AGENT) if _is_wrong(about.get(name))}
    others = about.get(CO_APPLICANTS)
    if isinstance(others, list) and any(map(_is_wrong, others)):
        changed[CO_APPLICANTS] = [_bare(person) if _is_wrong(person) else person for person in others]
    return ({**about, **changed}, True) if changed else (about, False)


def _bare(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name != "identity_kind"}


def _is_wrong(person: Any) -> bool:
    """True for a person with a well-known kind of paper and a number that is not of this kind."""
    if not isinstance(person, Mapping):
        return False
    kind, number = person.get("identity_kind"), person.get("identity_number")
    if not isinstance(kind, str) or kind not in tuple(Paper) or not isinstance(number, str):
        return False
    return fault_of(Paper(kind), number) is not None
