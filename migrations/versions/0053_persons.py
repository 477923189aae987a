"""People who sign in: their roles, deputies, secrets, links, and what was done to them.

Revision 0053, after 0052. Adds tables, and columns to the sessions that a process of the version before leaves empty.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json
from app.database.columns import LocalDate

revision: str = "0053"
down_revision: str | None = "0052"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"sessions": "short", "units": "short"}

_ROLES = "'clerk', 'officer', 'supervisor', 'reporter', 'administrator'"
_MESSAGE = "the record of persons is append-only"


def upgrade() -> None:
    for column in _columns():
        op.add_column("sessions", column)
    op.create_table(
        "persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("issuer_subject", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("needs_second_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended', 'ended')", name=op.f("ck_persons_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("account", name=op.f("uq_persons_account")),
        sa.UniqueConstraint("issuer_subject", name=op.f("uq_persons_issuer_subject")),
    )
    op.create_table(
        "person_roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("valid_from", LocalDate(), nullable=False),
        sa.Column("valid_to", LocalDate(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(f"role IN ({_ROLES})", name=op.f("ck_person_roles_role")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_person_roles_validity")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_roles_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_person_roles_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_roles")),
    )
    op.create_index(op.f("ix_person_roles_person_id"), "person_roles", ["person_id"])
    op.create_index(op.f("ix_person_roles_unit_id"), "person_roles", ["unit_id"])
    op.create_table(
        "deputies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("from_day", LocalDate(), nullable=False),
        sa.Column("to_day", LocalDate(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_deputies_span")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_deputies_person_id")),
        sa.ForeignKeyConstraint(["deputy_id"], ["persons.id"], name=op.f("fk_deputies_deputy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputies")),
    )
    op.create_index(op.f("ix_deputies_person_id"), "deputies", ["person_id"])
    op.create_index(op.f("ix_deputies_deputy_id"), "deputies", ["deputy_id"])
    op.create_table(
        "person_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_changes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_changes")),
    )
    op.create_index(op.f("ix_person_changes_person_id"), "person_changes", ["person_id"])
    op.create_table(
        "person_secrets",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_set_at", Instant(), nullable=True),
        sa.Column("totp_encrypted", sa.Text(), nullable=True),
        sa.Column("totp_since", Instant(), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("approval_rests_until", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_secrets_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_secrets")),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('invitation', 'reset')", name=op.f("ck_sign_in_links_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_sign_in_links_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
    )
    op.create_index(op.f("ix_sign_in_links_person_id"), "sign_in_links", ["person_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", Instant(), nullable=True),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_last_at", "sign_in_failures", ["last_at"])
    _refuse_changes()


def downgrade() -> None:
    for table in ("sign_in_failures", "sign_in_links", "person_secrets", "person_changes", "deputies", "person_roles"):
        op.drop_table(table)
    op.drop_table("persons")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION person_changes_are_kept()")
    for column in reversed(_columns()):
        op.drop_column("sessions", column.name)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("provider_session", sa.Text(), nullable=True),
        sa.Column("id_token", sa.Text(), nullable=True),
        sa.Column("browser", sa.Text(), nullable=True),
    ]


def _refuse_changes() -> None:
    """The record of persons is append-only, as that of tokens."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION person_changes_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER person_changes_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON person_changes "
            "FOR EACH STATEMENT EXECUTE FUNCTION person_changes_are_kept()"
        )
        return
    # REPLACE deletes without the trigger for deletes.
    for name, occasion in (
        ("update", "UPDATE ON person_changes"),
        ("delete", "DELETE ON person_changes"),
        ("replace", "INSERT ON person_changes WHEN EXISTS (SELECT 1 FROM person_changes WHERE id = NEW.id)"),
    ):
        op.execute(
            f"CREATE TRIGGER person_changes_refuse_{name} BEFORE {occasion} BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )
