"""People in the forms of the counter: the applicant, the person who hands in, and people who apply too."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dossiers.answer_schemas import AgentOut
from app.dossiers.schemas import AgentIn, ApplicantIn, CoApplicantIn
from app.web.staff.forms import Form, number, unit_code

APPLICANT = tuple(ApplicantIn.model_fields)
AGENT = tuple(AgentIn.model_fields)
_CO_APPLICANT = tuple(CoApplicantIn.model_fields)
_NEW_ROWS = 2
_MOST_ROWS = 60
# The kind that a form offers first. It is meant for people.
FIRST_KIND = "citizen"


def applicant_of(form: Form) -> dict[str, Any]:
    """The applicant from the form, without blank fields; a commune without a code stays as written."""
    fields = {name: form[name] for name in APPLICANT if name in form}
    if "commune" in fields:
        fields["commune"] = unit_code(fields["commune"])
    return _with_its_kind(fields, of_person=form.get("kind") == "person")


def agent_of(form: Form) -> dict[str, Any]:
    """The person who hands in, without blank fields; empty if there is none."""
    return _with_its_kind({name: form[f"agent_{name}"] for name in AGENT if f"agent_{name}" in form})


def co_applicants_of(form: Form) -> list[dict[str, Any]]:
    """The people who apply too, without blank fields and blank rows."""
    count = number(form.get("others", "0"))
    rows = (
        {name: form[f"other-{row}-{name}"] for name in _CO_APPLICANT if f"other-{row}-{name}" in form}
        for row in range(min(count, _MOST_ROWS) if isinstance(count, int) else 0)
    )
    return [person for row in rows if (person := _with_its_kind(row))]


def co_applicant_rows(people: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of a form for these people, and blank ones."""
    return [*people, *({"identity_kind": FIRST_KIND} for _row in range(_NEW_ROWS))]


def agent_fields(agent: AgentOut | None) -> dict[str, str]:
    """The fields of a form for the person who hands in."""
    fields = {f"agent_{name}": getattr(agent, name) for name in AGENT} if agent else {}
    return {**fields, "agent_identity_kind": fields.get("agent_identity_kind") or FIRST_KIND}


def _with_its_kind(fields: dict[str, Any], *, of_person: bool = True) -> dict[str, Any]:
    """The fields without a kind that belongs to no number, or that was only the first one of the list."""
    is_meant = "identity_number" in fields and (of_person or fields.get("identity_kind") != FIRST_KIND)
    return fields if is_meant else {name: value for name, value in fields.items() if name != "identity_kind"}


def patch_between(was: Any, now: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The merge patch from one form of a person to another. A changed number brings its kind."""
    was = was if isinstance(was, dict) else {}
    patch = {name: now.get(name) for name in names if now.get(name) != was.get(name)}
    if patch.get("identity_number") and "identity_kind" in now:
        patch["identity_kind"] = now["identity_kind"]
    return patch
