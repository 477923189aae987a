"""Corrections that wait for an approval: since when a dossier has one.

Revision 0009, after 0008. Corrections of before took effect at once; but whoever went back and came again may have
some pending.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


_RARE = "type IN ('request-supplement', 'reschedule', 'correct'{more})"


def upgrade() -> None:
    op.add_column("dossiers", sa.Column("correction_at", Instant(), nullable=True))
    op.create_index(
        "ix_dossiers_correction",
        "dossiers",
        ["correction_at"],
        postgresql_where=sa.text("correction_at IS NOT NULL"),
        sqlite_where=sa.text("correction_at IS NOT NULL"),
    )
    _fill()
    _index_rare(", 'approve-correction'")


def downgrade() -> None:
    _index_rare("")
    op.drop_index("ix_dossiers_correction", table_name="dossiers")
    op.drop_column("dossiers", "correction_at")


def _fill() -> None:
    """The oldest correction that the dossier's details name."""
    dossiers = sa.table(
        "dossiers",
        sa.column("id", sa.BigInteger()),
        sa.column("details", Json()),
        sa.column("correction_at", Instant()),
    )
    bind = op.get_bind()
    named = sa.type_coerce(dossiers.c.details, sa.Text()).like('%"corrections":%')
    for dossier, details in bind.execute(sa.select(dossiers.c.id, dossiers.c.details).where(named)).all():
        asked_at = datetime.fromisoformat(details["corrections"][0]["asked_at"])
        bind.execute(sa.update(dossiers).where(dossiers.c.id == dossier).values(correction_at=asked_at))


def _index_rare(more: str) -> None:
    """What is looked for by its time: approvals too, by which corrections take effect."""
    where = sa.text(_RARE.format(more=more))
    op.drop_index("ix_entries_rare", table_name="entries")
    op.create_index("ix_entries_rare", "entries", ["type", "occurred_at"], postgresql_where=where, sqlite_where=where)
