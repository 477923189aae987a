"""People beside the applicant: their encrypted identity numbers, and what search finds them by.

Only adds a table, so a process of the version before goes on beside it. Migration 0032 adds the people of present
receipts.

Revision 0026, after 0025.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"dossiers": "short"}

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
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


def downgrade() -> None:
    op.drop_table("participants")
