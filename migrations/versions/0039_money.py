"""Sums of money of dossiers, and their payments for the lists of a counter's day.

Only adds. A process of the version before records no sums, and its entries need none.

Revision 0039, after 0038.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json, LocalDate

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"dossiers": "short", "units": "short"}

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("dossiers", sa.Column("money", Json(), nullable=True))
    op.create_table(
        "payments",
        sa.Column("dossier_id", _KEY, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", LocalDate(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_payments_dossier_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_payments_unit_id")),
        sa.PrimaryKeyConstraint("dossier_id", "sequence", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_day"), "payments", ["day", "unit_id"])


def downgrade() -> None:
    op.drop_table("payments")
    op.drop_column("dossiers", "money")
