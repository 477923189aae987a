"""The main job: reference data, dossiers with their journal, and what figures are counted from.

Revision 0001, the first.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json, LocalDate

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "calendar_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("days_off", Json(), nullable=False),
        sa.Column("working_days", Json(), nullable=False),
        sa.Column("names", Json(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint("status IN ('official', 'provisional')", name=op.f("ck_calendar_revisions_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_revisions")),
        sa.UniqueConstraint("year", "revision", name=op.f("uq_calendar_revisions_year_revision")),
    )
    op.create_table(
        "catalogues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("min_days", sa.Integer(), nullable=True),
        sa.Column("max_days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "min_days IS NULL OR max_days IS NULL OR min_days <= max_days", name=op.f("ck_catalogues_bounds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogues")),
        sa.UniqueConstraint("name", name=op.f("uq_catalogues_name")),
    )
    op.create_table(
        "code_ordinals",
        sa.Column("agency_identifier", sa.Text(), nullable=False),
        sa.Column("date", LocalDate(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency_identifier", "date", name=op.f("pk_code_ordinals")),
    )
    op.create_table(
        "reference_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reference_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_state")),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("agency_identifier", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("valid_from", LocalDate(), nullable=False),
        sa.Column("valid_to", LocalDate(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('province', 'district', 'office', 'commune')", name=op.f("ck_units_kind")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_units_validity")),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["units.id"], name=op.f("fk_units_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_units_code_valid_from")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_units_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_units_successor_id"), ["successor_id"], unique=False)

    op.create_table(
        "procedures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("catalogue_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["catalogue_id"], ["catalogues.id"], name=op.f("fk_procedures_catalogue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedures")),
        sa.UniqueConstraint("code", name=op.f("uq_procedures_code")),
    )
    with op.batch_alter_table("procedures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_procedures_catalogue_id"), ["catalogue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_procedures_field"), ["field"], unique=False)

    op.create_table(
        "session_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("sessions", Json(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_session_revisions_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_revisions")),
    )
    with op.batch_alter_table("session_revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_revisions_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "role IN ('clerk', 'officer', 'supervisor', 'reporter', 'administrator')", name=op.f("ck_tokens_role")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_tokens_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tokens_token_hash")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "procedure_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", LocalDate(), nullable=False),
        sa.Column("effective_to", LocalDate(), nullable=True),
        sa.Column("limits", Json(), nullable=False),
        sa.Column("clock_policy", sa.Text(), nullable=False),
        sa.Column("responsible_unit_id", sa.Integer(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("documents", Json(), nullable=False),
        sa.Column("route", Json(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("max_supplement_requests", sa.Integer(), nullable=False),
        sa.Column("max_extension", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name=op.f("ck_procedure_versions_validity")
        ),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_procedure_versions_procedure_id")),
        sa.ForeignKeyConstraint(
            ["responsible_unit_id"], ["units.id"], name=op.f("fk_procedure_versions_responsible_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_versions")),
        sa.UniqueConstraint("procedure_id", "version", name=op.f("uq_procedure_versions_procedure_id_version")),
    )
    with op.batch_alter_table("procedure_versions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedure_versions_responsible_unit_id"), ["responsible_unit_id"], unique=False
        )

    op.create_table(
        "dossiers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("procedure_version_id", sa.Integer(), nullable=True),
        sa.Column("applicant_number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("return_method", sa.Text(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("documents", Json(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=True),
        sa.Column("receiving_unit_id", sa.Integer(), nullable=False),
        sa.Column("responsible_unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_unit_id", sa.Integer(), nullable=False),
        sa.Column("counter_unit_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=True),
        sa.Column("received_date", LocalDate(), nullable=True),
        sa.Column("limit_amount", sa.Integer(), nullable=True),
        sa.Column("limit_unit", sa.Text(), nullable=True),
        sa.Column("original_due_date", LocalDate(), nullable=True),
        sa.Column("due_date", LocalDate(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("overdue_from", Instant(), nullable=True),
        sa.Column("promised_date", LocalDate(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("finished_date", LocalDate(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("returned_at", Instant(), nullable=True),
        sa.Column("last_occurred_at", Instant(), nullable=False),
        sa.Column("flags", Json(), nullable=False),
        sa.Column("details", Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["counter_unit_id"], ["units.id"], name=op.f("fk_dossiers_counter_unit_id")),
        sa.ForeignKeyConstraint(["holder_unit_id"], ["units.id"], name=op.f("fk_dossiers_holder_unit_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_dossiers_procedure_id")),
        sa.ForeignKeyConstraint(
            ["procedure_version_id"], ["procedure_versions.id"], name=op.f("fk_dossiers_procedure_version_id")
        ),
        sa.ForeignKeyConstraint(["receiving_unit_id"], ["units.id"], name=op.f("fk_dossiers_receiving_unit_id")),
        sa.ForeignKeyConstraint(["responsible_unit_id"], ["units.id"], name=op.f("fk_dossiers_responsible_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossiers")),
        sa.UniqueConstraint("code", name=op.f("uq_dossiers_code")),
    )
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.create_index("ix_dossiers_counter", ["counter_unit_id", "open"], unique=False)
        batch_op.create_index("ix_dossiers_finished_date", ["finished_date"], unique=False)
        batch_op.create_index("ix_dossiers_holder", ["holder_unit_id", "open", "due_at"], unique=False)
        batch_op.create_index("ix_dossiers_open_due", ["open", "due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossiers_procedure_id"), ["procedure_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossiers_procedure_version_id"), ["procedure_version_id"], unique=False)
        batch_op.create_index("ix_dossiers_received_at", ["received_at", "id"], unique=False)
        batch_op.create_index("ix_dossiers_receiving", ["receiving_unit_id", "received_date"], unique=False)
        batch_op.create_index("ix_dossiers_responsible", ["responsible_unit_id", "open", "due_at"], unique=False)

    op.create_table(
        "applicants",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("identity_number", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("commune_unit_id", sa.Integer(), nullable=True),
        sa.Column("commune_text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["commune_unit_id"], ["units.id"], name=op.f("fk_applicants_commune_unit_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_applicants_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "number", name=op.f("pk_applicants")),
    )
    with op.batch_alter_table("applicants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applicants_commune_unit_id"), ["commune_unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_applicants_identity_number"), ["identity_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_applicants_phone"), ["phone"], unique=False)

    op.create_table(
        "dossier_units",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_units_dossier_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_dossier_units_unit_id")),
        sa.PrimaryKeyConstraint("dossier_id", "unit_id", name=op.f("pk_dossier_units")),
    )
    with op.batch_alter_table("dossier_units", schema=None) as batch_op:
        batch_op.create_index("ix_dossier_units_unit", ["unit_id", "dossier_id"], unique=False)

    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=True),
        sa.Column("applicant_number", sa.Integer(), nullable=True),
        sa.Column("applicant_hash", sa.Text(), nullable=True),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("changes_from", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_entries_dossier_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_entries_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("dossier_id", "sequence", name=op.f("uq_entries_dossier_id_sequence")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_entries_changes",
            ["recorded_at"],
            unique=False,
            postgresql_where=sa.text("changes_from IS NOT NULL"),
            sqlite_where=sa.text("changes_from IS NOT NULL"),
        )

    op.create_table(
        "entry_texts",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_entry_texts_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "sequence", name=op.f("pk_entry_texts")),
    )
    op.create_table(
        "externals",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_externals_dossier_id")),
        sa.PrimaryKeyConstraint("system", "code", name=op.f("pk_externals")),
    )
    with op.batch_alter_table("externals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_externals_dossier_id"), ["dossier_id"], unique=False)

    op.create_table(
        "occurrences",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("date", LocalDate(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("to_unit_id", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("apology", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('submitted', 'declined', 'unsubmitted', 'received', 'finished', 'withdrawn', 'discontinued', 'moved')",
            name=op.f("ck_occurrences_kind"),
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_occurrences_dossier_id")),
        sa.ForeignKeyConstraint(["to_unit_id"], ["units.id"], name=op.f("fk_occurrences_to_unit_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_occurrences_unit_id")),
        sa.PrimaryKeyConstraint("dossier_id", "number", name=op.f("pk_occurrences")),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index("ix_occurrences_date", ["date", "kind", "unit_id"], unique=False)
        batch_op.create_index("ix_occurrences_unit", ["unit_id", "date"], unique=False)

    op.create_table(
        "spans",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("responsible_unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_unit_id", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("overdue_from", Instant(), nullable=True),
        sa.Column("apology", sa.Boolean(), nullable=False),
        sa.CheckConstraint("phase IN ('submitted', 'open')", name=op.f("ck_spans_phase")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_spans_dossier_id")),
        sa.ForeignKeyConstraint(["holder_unit_id"], ["units.id"], name=op.f("fk_spans_holder_unit_id")),
        sa.ForeignKeyConstraint(["responsible_unit_id"], ["units.id"], name=op.f("fk_spans_responsible_unit_id")),
        sa.PrimaryKeyConstraint("dossier_id", "number", name=op.f("pk_spans")),
    )
    with op.batch_alter_table("spans", schema=None) as batch_op:
        batch_op.create_index("ix_spans_from", ["from_at", "to_at"], unique=False)
        batch_op.create_index("ix_spans_responsible", ["responsible_unit_id", "from_at"], unique=False)
        batch_op.create_index("ix_spans_to", ["to_at", "from_at"], unique=False)

    _keep_journal()
    _hold_reference()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION hold_reference()")
        op.execute("DROP TRIGGER entries_are_kept ON entries")
        op.execute("DROP FUNCTION entries_are_kept()")
    with op.batch_alter_table("spans", schema=None) as batch_op:
        batch_op.drop_index("ix_spans_to")
        batch_op.drop_index("ix_spans_responsible")
        batch_op.drop_index("ix_spans_from")

    op.drop_table("spans")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_index("ix_occurrences_unit")
        batch_op.drop_index("ix_occurrences_date")

    op.drop_table("occurrences")
    with op.batch_alter_table("externals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_externals_dossier_id"))

    op.drop_table("externals")
    op.drop_table("entry_texts")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_entries_changes",
            postgresql_where=sa.text("changes_from IS NOT NULL"),
            sqlite_where=sa.text("changes_from IS NOT NULL"),
        )

    op.drop_table("entries")
    with op.batch_alter_table("dossier_units", schema=None) as batch_op:
        batch_op.drop_index("ix_dossier_units_unit")

    op.drop_table("dossier_units")
    with op.batch_alter_table("applicants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_applicants_phone"))
        batch_op.drop_index(batch_op.f("ix_applicants_identity_number"))
        batch_op.drop_index(batch_op.f("ix_applicants_commune_unit_id"))

    op.drop_table("applicants")
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.drop_index("ix_dossiers_responsible")
        batch_op.drop_index("ix_dossiers_receiving")
        batch_op.drop_index("ix_dossiers_received_at")
        batch_op.drop_index(batch_op.f("ix_dossiers_procedure_version_id"))
        batch_op.drop_index(batch_op.f("ix_dossiers_procedure_id"))
        batch_op.drop_index("ix_dossiers_open_due")
        batch_op.drop_index("ix_dossiers_holder")
        batch_op.drop_index("ix_dossiers_finished_date")
        batch_op.drop_index("ix_dossiers_counter")

    op.drop_table("dossiers")
    with op.batch_alter_table("procedure_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_versions_responsible_unit_id"))

    op.drop_table("procedure_versions")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_unit_id"))

    op.drop_table("tokens")
    with op.batch_alter_table("session_revisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_revisions_unit_id"))

    op.drop_table("session_revisions")
    with op.batch_alter_table("procedures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedures_field"))
        batch_op.drop_index(batch_op.f("ix_procedures_catalogue_id"))

    op.drop_table("procedures")
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_units_successor_id"))
        batch_op.drop_index(batch_op.f("ix_units_parent_id"))

    op.drop_table("units")
    op.drop_table("reference_state")
    op.drop_table("code_ordinals")
    op.drop_table("catalogues")
    op.drop_table("calendar_revisions")


def _keep_journal() -> None:
    """The database itself refuses to change or delete a journal entry (rules §13)."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER entries_refuse_{change.lower()} BEFORE {change} ON entries "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
        # REPLACE deletes without the trigger for deletes.
        op.execute(
            "CREATE TRIGGER entries_refuse_replace BEFORE INSERT ON entries WHEN EXISTS "
            "(SELECT 1 FROM entries WHERE id = NEW.id OR (dossier_id = NEW.dossier_id AND sequence = NEW.sequence)) "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION entries_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER entries_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION entries_are_kept()"
    )


def _hold_reference() -> None:
    """Locks reference data against reforms until the transaction ends, then reads their revision (rules §3).

    Each statement of a volatile function sees what was committed before it began: so the revision is read after the
    lock was had, in one round trip.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION hold_reference() RETURNS integer LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
            f"PERFORM pg_advisory_xact_lock_shared({0x6D6F7403}); "
            "RETURN (SELECT revision FROM reference_state); END $$"
        )
