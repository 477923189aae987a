"""Translates PostgreSQL's errors to those of the service."""

import asyncpg

from app.database.errors import (
    DatabaseFull,
    DatabaseUnavailable,
    IntegrityFailed,
    StatementTooLong,
    ValueOutOfRange,
)

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

_OUT_OF_RANGE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.DatetimeFieldOverflowError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.StringDataRightTruncationError,
    asyncpg.UntranslatableCharacterError,
)
_UNAVAILABLE = (
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,  # shutdown
    asyncpg.PostgresConnectionError,
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby
    asyncpg.TransactionRollbackError,  # a deadlock
    OSError,
    TimeoutError,
)


def translate(error: Exception, *, closed: bool) -> Exception | None:
    """The service's error for an error of the driver, None for a defect. `closed`: the connection is closed."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        # Only PostgreSQL 18 and later give the name of a NOT NULL constraint.
        name = None if isinstance(error, asyncpg.NotNullViolationError) else error.constraint_name
        return IntegrityFailed(str(error), name)
    if isinstance(error, asyncpg.RaiseError):
        # RAISE in a trigger. SQLite reports it as a constraint error too.
        return IntegrityFailed(str(error), None)
    # The driver itself raises errors for values that it cannot encode.
    if isinstance(error, _OUT_OF_RANGE) or isinstance(error.__cause__, OverflowError | UnicodeEncodeError):
        return ValueOutOfRange(str(error))
    if isinstance(error, asyncpg.DiskFullError):
        return DatabaseFull(f"PostgreSQL: {error}")
    if isinstance(error, asyncpg.QueryCanceledError) and not closed:
        return StatementTooLong(f"PostgreSQL: {error}")
    if closed or isinstance(error, _UNAVAILABLE):
        return DatabaseUnavailable(f"PostgreSQL: {error}")
    return None
