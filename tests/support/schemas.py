"""Databases at schemas that this code does not know."""

from sqlalchemy import Connection, text

from app.database import schema

# A revision after all others.
NEWER = "9999"


def pretend_newer(url: str, oldest_code: str | None) -> None:
    """Gives the database a revision that this code does not know, and the oldest code that it bears."""

    def change(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": NEWER})
        if oldest_code is not None:
            row = {"newer": NEWER, "oldest": oldest_code}
            connection.execute(text("INSERT INTO schema_compatibility VALUES (:newer, :oldest)"), row)

    schema.in_transaction(url, change)
