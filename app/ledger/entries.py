"""Entries of the ledger, and the content that their hashes cover (docs/journal.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import Any

from app.database import json_text

# Part of every content, so that a later form of entries can be distinguished.
LEDGER_FORM = "motcua-ledger-1"


@unique
class Kind(StrEnum):
    """What an entry says of its row."""

    SET = "set"  # this is its state after a change
    REMOVED = "removed"  # it is deleted
    ADOPTED = "adopted"  # it was there without an entry: since before the ledger, or by an older version
    RUN = "run"  # no row: a command that changes the database, with its details
    BEGUN = "begun"  # of a subject: all its rows of before are adopted


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a change: a client and the id of its token, None for a command and for the single sign-on."""

    client: str
    token_id: int | None


# The author of changes by a command. No client may have this name.
COMMAND_LINE = Author("command line", None)
# The author of what a worker adds by itself.
SERVICE = Author("service", None)
# The author of ratings: anybody with the key on the slip.
SLIP = Author("slip", None)


def entry_content(previous: str, row: Mapping[str, Any]) -> str:
    """The canonical content of a row of `ledger` after the entry with the hash `previous`.

    JSON with sorted keys and without spaces. `row["data"]` is the text of the column, not the parsed value.
    """
    at = row["recorded_at"].astimezone(UTC).isoformat(timespec="seconds")
    return (
        f'{{"by_token":{json_text(row["by_token_id"])},"client":{json_text(row["client"])},"data":{row["data"]},'
        f'"form":"{LEDGER_FORM}","number":{row["number"]},"previous":"{previous}","recorded_at":"{at}",'
        f'"row":{json_text(row["row_id"])},"subject":{json_text(row["subject"])},"type":{json_text(row["type"])}}}'
    )


def shown(value: Any) -> Any:
    """A value of a column as JSON: instants in UTC to the second, dates in ISO form, everything else as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value.isoformat() if hasattr(value, "isoformat") else value
