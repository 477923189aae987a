"""People beside the applicant: their encrypted identity numbers, and what search finds them by.

Only adds a table, so a process of the version before goes on beside it. People whom receipts name already get their
rows, without a number, which no receipt had.

Revision 0026, after 0025.
"""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.text_input import fold

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    participants = op.create_table(
        "participants",
        sa.Column("dossier_id", _KEY, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("identity_encrypted", sa.Text(), nullable=True),
        sa.Column("identity_hash", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_participants_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "sequence", "number", name=op.f("pk_participants")),
    )
    op.create_index(op.f("ix_participants_identity_hash"), "participants", ["identity_hash"])
    op.create_index(op.f("ix_participants_phone"), "participants", ["phone"])
    if rows := _known():
        op.bulk_insert(participants, rows)


def downgrade() -> None:
    op.drop_table("participants")


def _known() -> list[dict[str, object]]:
    texts = sa.table("entry_texts", sa.column("dossier_id"), sa.column("sequence"), sa.column("content"))
    content = sa.cast(texts.c.content, sa.Text())
    statement = sa.select(texts.c.dossier_id, texts.c.sequence, content).where(content.like('%"handed_in_by"%'))
    rows = []
    for dossier_id, sequence, words in op.get_bind().execute(statement):
        person = json.loads(words).get("handed_in_by")
        if isinstance(person, dict) and "name" in person:
            place = {"dossier_id": dossier_id, "sequence": sequence, "number": 1, "kind": "agent"}
            rows.append({**place, "name_folded": fold(person["name"]), "phone": person.get("phone")})
    return rows
