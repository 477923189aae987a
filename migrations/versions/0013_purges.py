"""Which dossiers were purged of what is kept of people, in a table that only grows.

Revision 0013, after 0012.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "purges",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purged_at", Instant(), nullable=False),
        sa.Column("closed_before", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_purges_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_purges")),
    )
    _refuse_changes()


def downgrade() -> None:
    """A purged dossier has no applicant, which the schema before does not know: it gets one without a name."""
    op.execute(
        "INSERT INTO applicants (dossier_id, number, salt, kind, name, name_folded) "
        "SELECT p.dossier_id, d.applicant_number, '', 'person', '', '' "
        "FROM purges p JOIN dossiers d ON d.id = p.dossier_id "
        "WHERE NOT EXISTS (SELECT 1 FROM applicants a WHERE a.dossier_id = p.dossier_id)"
    )
    op.drop_table("purges")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION purges_are_kept()")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # REPLACE deletes without the trigger for deletes.
        another = "WHEN EXISTS (SELECT 1 FROM purges WHERE dossier_id = NEW.dossier_id)"
        for name, occasion in (
            ("update", "UPDATE ON purges"),
            ("delete", "DELETE ON purges"),
            ("replace", f"INSERT ON purges {another}"),
        ):
            op.execute(
                f"CREATE TRIGGER purges_refuse_{name} BEFORE {occasion} "
                "BEGIN SELECT RAISE(ABORT, 'the record of purges is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION purges_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the record of purges is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER purges_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON purges "
        "FOR EACH STATEMENT EXECUTE FUNCTION purges_are_kept()"
    )
