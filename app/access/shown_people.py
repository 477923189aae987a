"""Collects the dossiers whose people a response shows, for its row in the access log."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from app.access.callers import Caller
from app.database import json_text
from app.http.logs import REQUEST_ID

# The dossier of a row with several dossiers, which `dossiers` lists.
SEVERAL = 0


class ShownPeople:
    """The dossiers whose people one response shows. `kind`: what the access log calls such a response."""

    __slots__ = ("dossiers", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.dossiers: set[int] = set()

    def row(self, caller: Caller, at: datetime) -> Mapping[str, Any]:
        """The row of the access log for this caller."""
        ids = sorted(self.dossiers)
        return {
            "viewed_at": at,
            "client": caller.client,
            "token_id": caller.token_id,
            "unit_id": caller.unit_id,
            "dossier_id": ids[0] if len(ids) == 1 else SEVERAL,
            "dossiers": None if len(ids) == 1 else json_text(ids),
            "kind": self.kind,
            "request_id": REQUEST_ID.get() or None,
        }


_SHOWN: ContextVar[ShownPeople | None] = ContextVar("shown_people", default=None)


def begin(kind: str) -> ShownPeople:
    """Collects for the response of the running request from now on."""
    shown = ShownPeople(kind)
    _SHOWN.set(shown)
    return shown


def shown_people() -> ShownPeople | None:
    """The collection of the running request; None outside of requests, and for requests without a caller."""
    return _SHOWN.get()


def people_shown(dossier_ids: Iterable[int]) -> None:
    """Notes that the response of the running request shows people of these dossiers."""
    shown = _SHOWN.get()
    if shown is not None:
        shown.dossiers.update(dossier_ids)
