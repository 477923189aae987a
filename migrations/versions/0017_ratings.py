"""What holders of a receipt say of how they were served, and the secret that their keys are made of.

Revision 0017, after 0016.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rating_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_rating_secret_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_secret")),
    )
    op.create_table(
        "ratings",
        sa.Column("dossier_id", _KEY, nullable=False),
        sa.Column("rated_at", Instant(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_ratings_score")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_ratings_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_ratings")),
    )
    op.create_index("ix_ratings_rated", "ratings", ["rated_at", "dossier_id"])
    op.create_table(
        "rating_comments",
        sa.Column("dossier_id", _KEY, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_rating_comments_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_rating_comments")),
    )
    returned = sa.text("returned_at IS NOT NULL")
    op.create_index(
        "ix_dossiers_returned",
        "dossiers",
        ["returned_at", "responsible_unit_id", "receiving_unit_id", "procedure_id", "channel"],
        postgresql_where=returned,
        sqlite_where=returned,
    )
    _refuse_changes()


def downgrade() -> None:
    op.drop_index("ix_dossiers_returned", "dossiers")
    op.drop_table("rating_comments")
    op.drop_table("ratings")
    op.drop_table("rating_secret")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ratings_are_kept()")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # REPLACE deletes without the trigger for deletes.
        another = "WHEN EXISTS (SELECT 1 FROM ratings WHERE dossier_id = NEW.dossier_id)"
        for name, occasion in (
            ("update", "UPDATE ON ratings"),
            ("delete", "DELETE ON ratings"),
            ("replace", f"INSERT ON ratings {another}"),
        ):
            op.execute(
                f"CREATE TRIGGER ratings_refuse_{name} BEFORE {occasion} "
                "BEGIN SELECT RAISE(ABORT, 'the ratings are append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION ratings_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ratings are append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ratings_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ratings "
        "FOR EACH STATEMENT EXECUTE FUNCTION ratings_are_kept()"
    )
