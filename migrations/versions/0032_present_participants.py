"""People whom present receipts name beside the applicant: their rows for the search.

Revision 0032, after 0031. They have no number, which no receipt had.
"""

import json
from collections.abc import Sequence

import sqlalchemy as sa

from app.database.online import Online
from app.text_input import fold

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"entry_texts": "scan"}

_NAMED = sa.text(
    "SELECT dossier_id, sequence, CAST(content AS TEXT) AS content FROM entry_texts "
    "WHERE dossier_id > :after AND dossier_id <= :upto AND CAST(content AS TEXT) LIKE '%\"handed_in_by\"%'"
)
_ADD = sa.text(
    "INSERT INTO participants (dossier_id, sequence, number, kind, name_folded, phone) "
    "VALUES (:dossier_id, :sequence, 1, 'agent', :name_folded, :phone) ON CONFLICT DO NOTHING"
)


def online(steps: Online) -> None:
    steps.backfill("entry_texts", _add, key="dossier_id")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    """The rows go with their table."""


def _add(connection: sa.Connection, after: int, upto: int) -> None:
    for dossier_id, sequence, content in connection.execute(_NAMED, {"after": after, "upto": upto}).all():
        person = json.loads(content).get("handed_in_by")
        if isinstance(person, dict) and "name" in person:
            row = {"dossier_id": dossier_id, "sequence": sequence, "name_folded": fold(person["name"])}
            connection.execute(_ADD, {**row, "phone": person.get("phone")})
