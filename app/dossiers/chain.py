"""The hash by which each journal entry holds what it says and the entry before it (docs/journal.md): pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

# Stands in every content, so that another form can be told from this one.
ENTRY_FORM = "motcua-entry-1"
# What the first entry of a journal names as the hash before it.
START = "0" * 64

_text = json.JSONEncoder(ensure_ascii=False).encode


class Link(NamedTuple):
    """Where an entry is appended: the dossier, and the hash of its last entry so far."""

    dossier_id: int
    code: str
    head: str


def entry_content(code: str, previous: str, row: Mapping[str, Any]) -> str:
    """The canonical content of a row of `entries`, of the dossier `code`, after the entry with the hash `previous`.

    JSON with sorted keys and without spaces, as the column `data` holds it: `row["data"]` is that text, and not what it
    means. Put together by hand, in a third of an encoder's time.
    """
    return (
        f'{{"applicant_hash":{_or_null(row["applicant_hash"])},"applicant_number":{_number(row["applicant_number"])},'
        f'"changes_from":{_instant(row["changes_from"])},"client":{_text(row["client"])},'
        f'"corrects":{_number(row["corrects"])},"data":{row["data"]},"dossier":{_text(code)},"form":"{ENTRY_FORM}",'
        f'"occurred_at":{_instant(row["occurred_at"])},"previous":"{previous}",'
        f'"recorded_at":{_instant(row["recorded_at"])},"sequence":{_number(row["sequence"])},'
        f'"text_hash":{_or_null(row["text_hash"])},"type":{_text(row["type"])},"unit":{_number(row["unit_id"])}}}'
    )


def hash_of(content: str) -> str:
    """SHA-256 of a canonical content in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(content.encode()).hexdigest()


def _or_null(value: str | None) -> str:
    return "null" if value is None else _text(value)


def _number(value: int | None) -> int | str:
    return "null" if value is None else value


def _instant(value: datetime | None) -> str:
    # In UTC and to the second, as both databases keep it (rules §2).
    return "null" if value is None else f'"{value.astimezone(UTC).isoformat(timespec="seconds")}"'
