"""Tables and columns get the field's words: rollups, pending increments, idempotency responses, encryption keys.

Revision 0020, after 0019. Each renamed table is made again and filled from the old one: SQLite can rename neither
indexes nor constraints. Only small tables are renamed; their size follows from days and keys, not from dossiers.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json, LocalDate

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIGURES = (
    "received_counter", "received_online", "received_postal", "early", "on_time", "late", "unjudged",
    "late_unapologised", "withdrawn", "withdrawn_overdue", "discontinued", "discontinued_overdue", "submitted",
    "declined", "unsubmitted", "open", "suspended", "overdue", "overdue_unapologised", "waiting",
)  # fmt: skip
_GRAINS = "grain IN ('day', 'month', 'year')"
_SUBJECTS = "subject IN ('dossier', 'step')"
_COLUMNS = "fingerprint text, status integer, headers text, body text"


def upgrade() -> None:
    _remake(_totals, "tallies", "rollup_totals")
    _remake(_cells, "cells", "rollup_cells")
    _remake(_moves, "move_tallies", "rollup_moves")
    _remake(_increments, "increments", "pending_increments")
    _remake(_keys, "sealing_keys", "encryption_keys")
    op.drop_index(op.f("ix_kept_answers_expires_at"), table_name="kept_answers")
    _remake(_responses, "kept_answers", "idempotency_responses")
    op.execute("ALTER TABLE applicants RENAME COLUMN identity_sealed TO identity_encrypted")
    op.execute("ALTER TABLE rating_secret RENAME COLUMN sealed TO encrypted")


def downgrade() -> None:
    op.execute("ALTER TABLE rating_secret RENAME COLUMN encrypted TO sealed")
    op.execute("ALTER TABLE applicants RENAME COLUMN identity_encrypted TO identity_sealed")
    op.drop_index(op.f("ix_idempotency_responses_expires_at"), table_name="idempotency_responses")
    _remake(_responses, "idempotency_responses", "kept_answers")
    _remake(_keys, "encryption_keys", "sealing_keys")
    _remake(_increments, "pending_increments", "increments")
    _remake(_moves, "rollup_moves", "move_tallies")
    _remake(_cells, "rollup_cells", "cells")
    _remake(_totals, "rollup_totals", "tallies")


def _remake(create: Callable[[str], None], old: str, new: str) -> None:
    create(new)
    op.execute(f"INSERT INTO {new} SELECT * FROM {old}")
    op.drop_table(old)


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")) for name in names]


def _totals(name: str) -> None:
    op.create_table(
        name,
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first_date", LocalDate(), nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        *_counts(*_FIGURES),
        sa.CheckConstraint(_GRAINS, name=op.f(f"ck_{name}_grain")),
        sa.PrimaryKeyConstraint("dimension", "grain", "first_date", "key", name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _cells(name: str) -> None:
    op.create_table(
        name,
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first_date", LocalDate(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("receiving_unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        *_counts(*_FIGURES),
        sa.CheckConstraint(_GRAINS, name=op.f(f"ck_{name}_grain")),
        sa.CheckConstraint(_SUBJECTS, name=op.f(f"ck_{name}_subject")),
        sa.PrimaryKeyConstraint(
            "unit_id", "grain", "first_date", "subject", "procedure_id", "receiving_unit_id", "channel",
            name=op.f(f"pk_{name}"),
        ),
        sqlite_with_rowid=False,
    )  # fmt: skip


def _moves(name: str) -> None:
    op.create_table(
        name,
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first_date", LocalDate(), nullable=False),
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("to_unit_id", sa.Integer(), autoincrement=False, nullable=False),
        *_counts("moved"),
        sa.CheckConstraint(_GRAINS, name=op.f(f"ck_{name}_grain")),
        sa.CheckConstraint(_SUBJECTS, name=op.f(f"ck_{name}_subject")),
        sa.PrimaryKeyConstraint("subject", "grain", "first_date", "unit_id", "to_unit_id", name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _increments(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Ids that the copied rows have must not be drawn again.
        old = "increments" if name == "pending_increments" else "pending_increments"
        op.execute(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), nextval(pg_get_serial_sequence('{old}', 'id')))"
        )


def _keys(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _responses(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_expires_at"), name, ["expires_at"])
    _claim_key(name)


def _claim_key(table: str) -> None:
    """Makes revision 0005's function read `table`. PL/pgSQL binds names at each call, so the body is replaced."""
    if op.get_bind().dialect.name != "postgresql":
        return
    select = (
        f"RETURN QUERY SELECT false, a.fingerprint, a.status, a.headers, a.body FROM {table} a "
        "WHERE a.id = wanted AND a.expires_at > present; "
    )
    op.execute(
        f"CREATE OR REPLACE FUNCTION claim_key(wanted text, present timestamptz) RETURNS TABLE (busy boolean, {_COLUMNS}) "
        "LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
        f"{select} IF FOUND THEN RETURN; END IF; "
        "IF NOT pg_try_advisory_xact_lock(('x' || left(wanted, 16))::bit(64)::bigint) THEN "
        "RETURN QUERY SELECT true, NULL::text, NULL::integer, NULL::text, NULL::text; RETURN; END IF; "
        f"DELETE FROM {table} a WHERE a.id = wanted AND a.expires_at <= present; "
        f"{select} END $$"
    )
