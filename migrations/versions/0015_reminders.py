"""Whom of a unit reminders reach, and each occasion on which they are reminded.

Revision 0015, after 0014.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json, LocalDate

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CURRENT = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("thresholds", Json(), nullable=False),
        sa.Column("escalate_hours", sa.Integer(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("digest_date", LocalDate(), nullable=True),
        sa.CheckConstraint("role IN ('unit', 'officer', 'supervisor')", name=op.f("ck_contacts_role")),
        sa.CheckConstraint("channel IN ('email', 'gateway')", name=op.f("ck_contacts_channel")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_contacts_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_unit_id"), "contacts", ["unit_id"])
    _create_reminders()


def _create_reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("snoozed_until", Instant(), nullable=True),
        sa.Column("snooze_reason", sa.Text(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_reminders_contact_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_reminders_dossier_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reminders_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "contact_id",
            "dossier_id",
            "kind",
            "occasion",
            name=op.f("uq_reminders_contact_id_dossier_id_kind_occasion"),
        ),
    )
    op.create_index(op.f("ix_reminders_dossier_id"), "reminders", ["dossier_id"])
    op.create_index(
        "ix_reminders_current", "reminders", ["contact_id", "id"], postgresql_where=_CURRENT, sqlite_where=_CURRENT
    )
    op.create_index("ix_reminders_unit", "reminders", ["unit_id", "id"])


def downgrade() -> None:
    op.drop_table("reminders")
    op.drop_table("contacts")
