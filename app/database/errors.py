"""Errors of the database layer, the same for both databases."""


class NoRow(LookupError):
    """A statement that must return a row returned none."""


class IntegrityFailed(Exception):
    """A constraint or a trigger of the database refused the change. `constraint` is its name, or None.

    The names follow the convention of `app.database.tables`. NOT NULL constraints, triggers and, on SQLite, foreign
    keys have no name.
    """

    def __init__(self, message: str, constraint: str | None) -> None:
        super().__init__(message)
        self.constraint = constraint


class DatabaseUnavailable(Exception):
    """No connection, no disk space or no lock within the time limit. The same request may succeed later."""


class StatementTooLong(DatabaseUnavailable):
    """Statement timeout (PostgreSQL) or read timeout (SQLite)."""


class TooBusy(DatabaseUnavailable):
    """Too many heavy readings run or wait already."""


class DatabaseFull(DatabaseUnavailable):
    """The disk is full. Reading still works; writing works again once there is space."""


class DatabaseDamaged(Exception):
    """PostgreSQL found a damaged page, or an index that does not fit its table."""


class ValueOutOfRange(ValueError):
    """A value out of the range of its column: a number too large, or a character that text cannot contain."""
