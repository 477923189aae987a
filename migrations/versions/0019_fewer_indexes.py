"""No indexes that every receipt writes and nothing reads.

Revision 0019, after 0018. Versions of procedures and units are never deleted, so no foreign key looks there either.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index(op.f("ix_dossiers_procedure_version_id"), table_name="dossiers")
    op.drop_index(op.f("ix_applicants_commune_unit_id"), table_name="applicants")


def downgrade() -> None:
    op.create_index(op.f("ix_applicants_commune_unit_id"), "applicants", ["commune_unit_id"])
    op.create_index(op.f("ix_dossiers_procedure_version_id"), "dossiers", ["procedure_version_id"])
