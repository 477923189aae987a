"""Places that every action needs: each failure names the place and the entry that is missing (docs/architecture.md)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from app.domain.effects import APPLY
from app.domain.lifecycle import CORRECTIONS, TRANSITIONS, Action, Role
from app.domain.state import Status
from app.dossiers.operations import BODIES, OPERATIONS
from app.dossiers.schemas import ActIn, DossierIn
from app.lookup.texts import NOT_PUBLIC, STEPS
from app.notifications.applicants.kinds import NO_NOTICE, WITH_NOTICE
from app.text_input import line, paragraph
from app.web.counter.actions import CHANGEABLE
from app.web.counter.dossier import SHOWN_INPUTS
from app.web.staff.labels import ACTIONS, FIELDS
from tests.support.access_scene import CALLS
from tests.support.access_table import expected

ROOT = Path(__file__).resolve().parents[1]
# These have no row in the table of transitions: `submit` opens a dossier, the others are recorded by other requests.
WITHOUT_TRANSITION = frozenset({Action.SUBMIT, Action.PARTICULARS, Action.REDATE, Action.OUTAGE, Action.SUCCEED})
# Texts that are codes of a list and no words of people.
CODES = frozenset({"condition", "receipt_number"})

every_action = pytest.mark.parametrize("action", Action)
every_transition = pytest.mark.parametrize("action", TRANSITIONS)


@every_action
def test_who_may_do_it_and_from_which_status(action: Action) -> None:
    assert action in TRANSITIONS.keys() | WITHOUT_TRANSITION, (
        f"Add {action!r} to TRANSITIONS in app/domain/lifecycle.py: the statuses from which it is possible, and its "
        "roles. If no client records it with a request of its own, add it to WITHOUT_TRANSITION in this file."
    )


@every_action
def test_what_it_changes_in_the_state(action: Action) -> None:
    assert action in APPLY or action is Action.SUBMIT, (
        f"Add {action!r} to APPLY in app/domain/effects.py: the function that gives the state after its entry, or "
        "`_unchanged`."
    )


@every_transition
def test_its_body_and_its_texts_in_the_interface(action: Action) -> None:
    assert action in OPERATIONS, (
        f"Add {action!r} to OPERATIONS in app/dossiers/operations.py: its body (a class of "
        "app/dossiers/action_schemas.py), a short summary, and a description of who may do it, from where, with which "
        "effect. Route, operation id, import format and late records follow."
    )


@every_action
def test_whether_the_public_sees_it(action: Action) -> None:
    assert (action in STEPS) != (action in NOT_PUBLIC), (
        f"Add {action!r} either to STEPS in app/lookup/texts.py, with its text for the public in both languages, or to "
        "NOT_PUBLIC there."
    )


@every_action
def test_its_name_at_the_counter(action: Action) -> None:
    assert action in ACTIONS, (
        f"Add {action!r} to ACTIONS in app/web/staff/labels.py: the label of its button in both languages."
    )


def fields() -> Iterator[tuple[Action, str, FieldInfo]]:
    """Each field of an action's body with its action."""
    for action, body in BODIES.items():
        if body is not DossierIn:
            yield from ((action, name, field) for name, field in body.model_fields.items())


every_field = pytest.mark.parametrize(
    ("action", "name", "field"), [pytest.param(*found, id=f"{found[0]}-{found[1]}") for found in fields()]
)


@every_field
def test_the_label_of_each_field_at_the_counter(action: Action, name: str, field: FieldInfo) -> None:
    assert name in FIELDS, (
        f"Add {name!r} of {action!r} to FIELDS in app/web/staff/labels.py: its label in both languages. A field that "
        f"is no line of text ({field.annotation}) needs a kind in _KINDS of app/web/counter/actions.py too."
    )


@every_field
def test_each_field_is_shown_with_the_entry_at_the_counter(action: Action, name: str, field: FieldInfo) -> None:
    del field
    # The page shows these beside the inputs of an entry.
    assert name in {*SHOWN_INPUTS, "at", "officer", "note", "changes"}, (
        f"Add {name!r} of {action!r} to SHOWN_INPUTS in app/web/counter/dossier.py: otherwise the journal of the page "
        "leaves it out."
    )


@every_field
def test_words_of_people_stay_out_of_the_journal(action: Action, name: str, field: FieldInfo) -> None:
    if is_typed_text(field) and name not in CODES | {"officer"}:
        assert name in ActIn.words, (
            f"Add {name!r} of {action!r} to `words` of ActIn in app/dossiers/schemas.py: words of people stay out of "
            "the journal (docs/rules.md §13). If it is a code of a list, add it to CODES in this file."
        )


def is_typed_text(field: FieldInfo) -> bool:
    """True for a `Name` or a `Text`, required or not."""

    def checks(annotation: Any) -> Iterator[object]:
        for part in get_args(annotation):
            yield getattr(part, "func", None)
            yield from checks(part)

    found = {getattr(part, "func", None) for part in field.metadata} | set(checks(field.annotation))
    return bool(found & {line, paragraph})


@pytest.mark.parametrize("name", ["reason", "note", "legal_basis", "received_by"])
def test_the_test_of_words_knows_a_text(name: str) -> None:
    assert any(is_typed_text(field) for _action, other, field in fields() if other == name)


@every_action
def test_whether_applicants_get_a_notice(action: Action) -> None:
    assert action in WITH_NOTICE ^ NO_NOTICE, (
        f"Add {action!r} to app/notifications/applicants/kinds.py: to `_MORE` with the kind of its notice, or to "
        "NO_NOTICE."
    )


@every_transition
def test_a_status_that_waits_needs_leave_to_act(action: Action) -> None:
    waits = {Status.AWAITING_SUPPLEMENT, Status.AWAITING_PAYMENT}
    transition = TRANSITIONS[action]
    assert transition.while_waiting or not transition.sources & waits, (
        f"Pass while_waiting=True in the line of {action!r} in TRANSITIONS: otherwise a suspension refuses it."
    )


def test_a_correction_at_the_counter_can_change_each_field() -> None:
    possible = {name for action, name, _field in fields() if action not in CORRECTIONS} - {"documents"}
    missing = sorted(possible - set(CHANGEABLE))
    assert not missing, f"Add {missing} to _KINDS or CHANGEABLE in app/web/counter/actions.py."


@every_transition
def test_the_operation_in_the_table_of_access(action: Action) -> None:
    operation = f"post /api/v1/dossiers/{{code}}/{action}"
    assert operation in expected(), f"Add `{operation}` to TABLE in tests/support/access_table.py: who may call it."
    assert operation in CALLS, f"Add `{operation}` to CALLS in tests/support/access_scene.py: a call that succeeds."


@pytest.mark.parametrize("action", [*TRANSITIONS, Action.SUBMIT])
def test_the_row_of_the_rules_names_its_roles(action: Action) -> None:
    rules = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rules.splitlines() if row.startswith("| `")]
    row = next((cells for cells in rows if len(cells) == 6 and cells[0] == f"`{action}`"), None)
    assert row is not None, (
        f"Add a row for `{action}` to the table of actions in docs/rules.md, section 8: from, to, needs, who, source."
    )
    roles = TRANSITIONS[action].roles if action in TRANSITIONS else {Role.CLERK}
    # Supervisors may do all that clerks and officers may, so they are named only where they are alone.
    named = set(re.findall("clerk|officer|supervisor", row[4]))
    missing = sorted((set(roles) - {Role.SUPERVISOR} or {Role.SUPERVISOR}) - named)
    assert not missing, f"Name {missing} in the column `who` of `{action}` in docs/rules.md, section 8."
