"""Reforms whose dossiers follow in short transactions, so that a killed one goes on where it was.

Only adds tables. A process of the version before changes all dossiers in one transaction, as before.

Revision 0034, after 0033.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"dossiers": "short"}

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reforms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("parameters", Json(), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.Column("last_dossier", _KEY, nullable=False),
        sa.Column("position", _KEY, nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('publication', 'succession', 'outage')", name=op.f("ck_reforms_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reforms")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_reforms_idempotency_key")),
    )
    op.create_table(
        "reform_dossiers",
        sa.Column("reform_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", _KEY, nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("effect", Json(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_reform_dossiers_dossier_id")),
        sa.ForeignKeyConstraint(["reform_id"], ["reforms.id"], name=op.f("fk_reform_dossiers_reform_id")),
        sa.PrimaryKeyConstraint("reform_id", "dossier_id", name=op.f("pk_reform_dossiers")),
    )
    op.create_index(op.f("ix_reform_dossiers_dossier_id"), "reform_dossiers", ["dossier_id"])


def downgrade() -> None:
    op.drop_table("reform_dossiers")
    op.drop_table("reforms")
