"""Score tables: what the rates of a ranking are worth, as append-only revisions.

Revision 0002, after 0001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "score_tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_tables")),
        sa.UniqueConstraint("revision", name=op.f("uq_score_tables_revision")),
    )
    op.create_table(
        "score_rules",
        sa.Column("score_table_id", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("full_points", sa.Integer(), nullable=False),
        sa.Column("full_from", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("threshold_points", sa.Integer(), nullable=False),
        sa.CheckConstraint("rate IN ('finished', 'due')", name=op.f("ck_score_rules_rate")),
        sa.CheckConstraint("kind IN ('office', 'commune')", name=op.f("ck_score_rules_kind")),
        sa.CheckConstraint(
            "0 <= threshold AND threshold <= full_from AND full_from <= 10000", name=op.f("ck_score_rules_rates")
        ),
        sa.CheckConstraint(
            "0 <= threshold_points AND threshold_points <= full_points", name=op.f("ck_score_rules_points")
        ),
        sa.ForeignKeyConstraint(["score_table_id"], ["score_tables.id"], name=op.f("fk_score_rules_score_table_id")),
        sa.PrimaryKeyConstraint("score_table_id", "rate", "kind", name=op.f("pk_score_rules")),
    )


def downgrade() -> None:
    op.drop_table("score_rules")
    op.drop_table("score_tables")
