"""What PostgreSQL's errors mean to the service."""

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


def translated(error: Exception, *, closed: bool) -> Exception | None:
    """The service's own error for a driver's one, None where it is a defect; `closed` says the connection is gone."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        # The name of a NOT NULL constraint is known to PostgreSQL 18 only.
        name = None if isinstance(error, asyncpg.NotNullViolationError) else error.constraint_name
        return IntegrityFailed(str(error), name)
    if isinstance(error, asyncpg.RaiseError):
        # RAISE in a trigger, which SQLite too counts among the constraints.
        return IntegrityFailed(str(error), None)
    # The driver refuses what it cannot encode before it sends anything.
    if isinstance(error, _OUT_OF_RANGE) or isinstance(error.__cause__, OverflowError | UnicodeEncodeError):
        return ValueOutOfRange(str(error))
    if isinstance(error, asyncpg.DiskFullError):
        return DatabaseFull(f"PostgreSQL: {error}")
    if isinstance(error, asyncpg.QueryCanceledError) and not closed:
        return StatementTooLong(f"PostgreSQL: {error}")
    if closed or isinstance(error, _UNAVAILABLE):
        return DatabaseUnavailable(f"PostgreSQL: {error}")
    return None
