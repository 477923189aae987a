"""Tallies: the counts kept with each change, steps among what is counted, and what the workload asks of open dossiers.

Revision 0003, after 0002.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json, LocalDate

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIGURES = [
    "received_counter",
    "received_online",
    "received_postal",
    "early",
    "on_time",
    "late",
    "unjudged",
    "late_unapologised",
    "withdrawn",
    "withdrawn_overdue",
    "discontinued",
    "discontinued_overdue",
    "submitted",
    "declined",
    "unsubmitted",
    "open",
    "suspended",
    "overdue",
    "overdue_unapologised",
    "waiting",
]
_GRAINS = "grain IN ('day', 'month', 'year')"
_SUBJECTS = "subject IN ('dossier', 'step')"


def upgrade() -> None:
    _remake_what_is_counted_from()
    for name in ("suspended_at", "pending_at"):
        op.add_column("dossiers", sa.Column(name, Instant(), nullable=True))
    _fill_dossiers()
    op.create_index(
        "ix_dossiers_workload",
        "dossiers",
        [
            "holder_unit_id",
            "responsible_unit_id",
            "officer",
            "overdue_from",
            "suspended_at",
            "pending_at",
            "last_occurred_at",
        ],
        postgresql_where=sa.text("open"),
        sqlite_where=sa.text("open = 1"),
    )
    op.create_table(
        "tallies",
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first_date", LocalDate(), nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        *_counts(_FIGURES),
        sa.CheckConstraint(_GRAINS, name=op.f("ck_tallies_grain")),
        sa.PrimaryKeyConstraint("dimension", "grain", "first_date", "key", name=op.f("pk_tallies")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cells",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first_date", LocalDate(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("receiving_unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        *_counts(_FIGURES),
        sa.CheckConstraint(_GRAINS, name=op.f("ck_cells_grain")),
        sa.CheckConstraint(_SUBJECTS, name=op.f("ck_cells_subject")),
        sa.PrimaryKeyConstraint(
            "unit_id", "grain", "first_date", "subject", "procedure_id", "receiving_unit_id", "channel",
            name=op.f("pk_cells"),
        ),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "move_tallies",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first_date", LocalDate(), nullable=False),
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("to_unit_id", sa.Integer(), autoincrement=False, nullable=False),
        *_counts(["moved"]),
        sa.CheckConstraint(_GRAINS, name=op.f("ck_move_tallies_grain")),
        sa.CheckConstraint(_SUBJECTS, name=op.f("ck_move_tallies_subject")),
        sa.PrimaryKeyConstraint(
            "subject", "grain", "first_date", "unit_id", "to_unit_id", name=op.f("pk_move_tallies")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "late_changes",
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first_date", LocalDate(), nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint("dimension IN ('all', 'unit', 'receiving')", name=op.f("ck_late_changes_dimension")),
        sa.CheckConstraint(_GRAINS, name=op.f("ck_late_changes_grain")),
        sa.PrimaryKeyConstraint("dimension", "grain", "first_date", "key", name=op.f("pk_late_changes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "increments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_increments")),
    )
    op.create_table(
        "recount_due",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_recount_due_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recount_due")),
    )
    op.execute(
        "INSERT INTO recount_due (id, why) SELECT 1, 'the schema came to know tallies' "
        "WHERE EXISTS (SELECT 1 FROM dossiers)"
    )


def downgrade() -> None:
    for table in ("recount_due", "increments", "late_changes", "move_tallies", "cells", "tallies"):
        op.drop_table(table)
    op.drop_index("ix_dossiers_workload", table_name="dossiers")
    for name in ("pending_at", "suspended_at"):
        op.drop_column("dossiers", name)
    op.execute("DELETE FROM spans WHERE phase = 'step'")
    op.execute("DELETE FROM occurrences WHERE kind LIKE 'step%'")
    for table, name in (
        ("spans", "ix_spans_lapsing"),
        ("spans", "ix_spans_submitted"),
        ("occurrences", "ix_occurrences_moves"),
    ):
        op.drop_index(name, table_name=table)
    with op.batch_alter_table("spans") as batch:
        batch.drop_constraint(op.f("pk_spans"), type_="primary")
        batch.create_primary_key(op.f("pk_spans"), ["dossier_id", "number"])
        batch.drop_constraint(op.f("ck_spans_phase"), type_="check")
        batch.create_check_constraint(op.f("ck_spans_phase"), "phase IN ('submitted', 'open')")
    op.create_index("ix_spans_to", "spans", ["to_at", "from_at"])
    with op.batch_alter_table("occurrences") as batch:
        batch.drop_constraint(op.f("pk_occurrences"), type_="primary")
        batch.create_primary_key(op.f("pk_occurrences"), ["dossier_id", "number"])
        batch.drop_constraint(op.f("ck_occurrences_kind"), type_="check")
        batch.create_check_constraint(
            op.f("ck_occurrences_kind"),
            "kind IN ('submitted', 'declined', 'unsubmitted', "
            "'received', 'finished', 'withdrawn', 'discontinued', 'moved')",
        )


def _remake_what_is_counted_from() -> None:
    """Steps are counted too: a dossier's span and its step's may begin with the same entry, and a step may end there."""
    op.drop_index("ix_spans_to", table_name="spans")
    with op.batch_alter_table("spans") as batch:
        batch.drop_constraint(op.f("pk_spans"), type_="primary")
        batch.create_primary_key(op.f("pk_spans"), ["dossier_id", "number", "phase"])
        batch.drop_constraint(op.f("ck_spans_phase"), type_="check")
        batch.create_check_constraint(op.f("ck_spans_phase"), "phase IN ('submitted', 'open', 'step')")
    with op.batch_alter_table("occurrences") as batch:
        batch.drop_constraint(op.f("pk_occurrences"), type_="primary")
        batch.create_primary_key(op.f("pk_occurrences"), ["dossier_id", "number", "kind"])
        batch.drop_constraint(op.f("ck_occurrences_kind"), type_="check")
        batch.create_check_constraint(
            op.f("ck_occurrences_kind"),
            "kind IN ('submitted', 'declined', 'unsubmitted', "
            "'received', 'finished', 'withdrawn', 'discontinued', 'moved', "
            "'step_given', 'step_done', 'step_withdrawn', 'step_discontinued', 'step_moved')",
        )
    _partial_index("ix_spans_lapsing", "spans", ["overdue_from"], "to_at IS NULL")
    _partial_index("ix_spans_submitted", "spans", ["from_at"], "phase = 'submitted'")
    _partial_index("ix_occurrences_moves", "occurrences", ["at", "unit_id", "to_unit_id"], "to_unit_id IS NOT NULL")


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _counts(names: Sequence[str]) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False) for name in names]


def _fill_dossiers() -> None:
    """Since when open dossiers are suspended, and since when a hand-off waits to be taken, as their details say."""
    dossiers = sa.table(
        "dossiers",
        sa.column("id", sa.BigInteger()),
        sa.column("clock", sa.Text()),
        sa.column("details", Json()),
        sa.column("open", sa.Boolean()),
        sa.column("suspended_at", Instant()),
        sa.column("pending_at", Instant()),
    )
    bind = op.get_bind()
    found = bind.execute(
        sa.select(dossiers.c.id, dossiers.c.clock, dossiers.c.details).where(dossiers.c.open.is_(sa.true()))
    )
    for dossier, clock, details in found.all():
        if not isinstance(details, dict):
            continue
        suspended = details["waits"][-1]["start"] if clock == "suspended" and details.get("waits") else None
        live = [one for one in details.get("hand_offs", ()) if one["state"] in ("given", "taken")]
        pending = live[-1]["given_at"] if live and live[-1]["state"] == "given" else None
        if suspended or pending:
            values = {"suspended_at": _instant(suspended), "pending_at": _instant(pending)}
            bind.execute(sa.update(dossiers).where(dossiers.c.id == dossier).values(values))


def _instant(text: str | None) -> object:
    return datetime.fromisoformat(text) if text else None
