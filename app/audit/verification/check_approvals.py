"""Whether each correction was decided once, after it was asked for, and approved by another client (rules §8)."""

from collections.abc import Iterator
from typing import Any

from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import Kept
from app.domain.lifecycle import Action

_DECISIONS = frozenset({Action.APPROVE_CORRECTION, Action.REJECT_CORRECTION})


def approval_differences(kept: Kept) -> Iterator[Difference]:
    """Decisions of what nobody asked for, or decided twice, or approved by whoever asked."""
    pending: dict[int, Any] = {}
    for row in kept.journal:
        data, found = row.data, None
        if row.type == Action.CORRECT and "asked_by" in data:
            pending[row.sequence] = row
            if data["asked_by"] != row.client:
                found = ("asked_by", row.client, data["asked_by"])
        elif row.type in _DECISIONS:
            asked = pending.pop(data["correction"], None)
            if asked is None:
                found = ("correction", "one that was pending", data["correction"])
            elif data["sequence"] != asked.data["sequence"]:
                found = ("sequence", asked.data["sequence"], data["sequence"])
            elif row.type == Action.APPROVE_CORRECTION and row.client == asked.client:
                found = ("client", "another than asked for the correction", row.client)
            elif row.type == Action.APPROVE_CORRECTION and data["changes"] != asked.data["changes"]:
                found = ("changes", asked.data["changes"], data["changes"])
        if found:
            yield Difference(kept.row.code, row.sequence, *found)
