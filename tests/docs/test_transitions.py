"""The table of actions in docs/rules.md §8 has the statuses of the code: those before and after each action."""

import re

import pytest

from app.domain.lifecycle import TRANSITIONS, Action
from app.domain.state import OPEN, DossierState, Status
from app.domain.terms import Condition
from tests.docs.markdown import ROOT
from tests.support.journals import OFFICE, WAYS, law, life_until

RULES = ROOT / "docs" / "rules.md"
STAYS = "status stays"
EACH = {status.value: {status} for status in Status}
FROM: dict[str, set[Status]] = {
    **EACH,
    "–": set(),
    "any": set(Status),
    "any but annulled": set(Status) - {Status.ANNULLED},
    "open": set(OPEN),
    "any open": set(OPEN),
    "any suspension as refused only": set(OPEN),
    # These words narrow a status that the cell names beside them.
    "suspended for `verification`": set(),
    "correction pending": set(),
}
INPUTS: dict[str, object] = {
    "to_unit": OFFICE,
    "days": 1,
    "condition": "more",
    "promised_date": "2021-08-25",
    "outcome": "refused",
    "sequence": 1,
    "correction": 2,
    "asked_by": "tests",
    "amount": 1,
}


def table() -> dict[Action, tuple[str, str]]:
    """The cells `from` and `to` of each row of the table of actions."""
    section = RULES.read_text().split("\n### Actions\n")[1].split("\n### ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|", section, re.MULTILINE)
    return {Action(name): (source.strip(), target.strip()) for name, source, target in rows}


def statuses(cell: str) -> set[Status]:
    """The statuses of a cell `from`; an unknown word fails with its name."""
    return set().union(*(FROM[word.strip()] for word in re.split("[,;]", cell)))


def targets(cell: str, before: DossierState) -> set[Status]:
    """The statuses of a cell `to` for a dossier in this state."""
    words = {word.strip() for word in re.split("[,;]", cell)}
    wait = before.open_wait
    if "submitted stays" in words and before.status is Status.SUBMITTED:
        return {Status.SUBMITTED}
    if "awaiting_* stays" in words and before.status.value.startswith("awaiting_"):
        return {before.status}
    if before.status is Status.AWAITING_PAYMENT and "awaiting_payment: the status before" in words:
        assert wait is not None
        return {wait.status_before}
    if "the status before" in words and wait is not None:
        return {wait.status_before}
    if any(word.startswith((STAYS, "the status before", "as corrected")) for word in words):
        return {before.status}
    return set().union(*(EACH.get(word, set()) for word in words))


def test_the_table_has_the_actions_of_the_code() -> None:
    # `submit` begins a dossier.
    assert set(table()) - {Action.SUBMIT} == set(TRANSITIONS)


@pytest.mark.parametrize("action", TRANSITIONS)
def test_an_action_is_possible_from_the_statuses_of_its_row(action: Action) -> None:
    assert statuses(table()[action][0]) == TRANSITIONS[action].sources


@pytest.mark.parametrize("action", TRANSITIONS)
def test_an_action_leads_to_the_status_of_its_row(action: Action) -> None:
    arrived = 0
    for name in WAYS:
        conditions = (Condition("more", "Thêm ngày", None, 1, "-"),)
        life = life_until(name, law(extension=1, conditions=conditions), fee=1, fee_due=2)
        before = life.state
        assert before is not None
        rule = TRANSITIONS[action]
        if before.status not in rule.sources or (before.open_wait and not rule.while_waiting):
            continue
        if action is Action.RESUME and name != "verification":
            continue
        after = life.act(action, "2021-08-16 10:00", INPUTS)
        assert after.status in targets(table()[action][1], before), name
        arrived += 1
    assert arrived
