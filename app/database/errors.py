"""What can go wrong between the service and its database, in the same words whichever database it is."""


class NoRow(LookupError):
    """A statement that must give a row gave none."""


class IntegrityFailed(Exception):
    """A constraint or a trigger of the database refused the change; `constraint` is its name where it is known.

    Constraints are named by the convention of `tables.py`. Missing values, triggers and, on SQLite, foreign keys have
    no name.
    """

    def __init__(self, message: str, constraint: str | None) -> None:
        super().__init__(message)
        self.constraint = constraint


class DatabaseUnavailable(Exception):
    """No connection, no room or no lock within the time allowed: the same request may succeed later."""


class StatementTooLong(DatabaseUnavailable):
    """It took longer than a statement, or on SQLite a reading, may take, and was ended."""


class TooBusy(DatabaseUnavailable):
    """So many heavy readings are under way, and so many wait, that another one would only wait too long."""


class DatabaseFull(DatabaseUnavailable):
    """There is no room left to write; reading goes on, and so does writing once there is room."""


class ValueOutOfRange(ValueError):
    """A value that its column cannot hold: a number too large, or characters that no text may contain."""
