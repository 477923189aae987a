"""Translates PostgreSQL's errors to those of the service."""

import asyncpg

from app.database.errors import (
    DatabaseDamaged,
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
    asyncpg.InvalidCachedStatementError,  # a migration changed a table, and the statement is prepared again
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,  # shutdown
    asyncpg.PostgresConnectionError,
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby
    asyncpg.TransactionRollbackError,  # a deadlock
    OSError,
    TimeoutError,
)

# Errors of a standby when it is asked to write, beside ReadOnlySQLTransactionError: to begin a transaction that writes,
# and to lock a table. On a primary they show a defect.
_OF_STANDBY = (asyncpg.FeatureNotSupportedError, asyncpg.ObjectNotInPrerequisiteStateError)


def must_close(error: Exception, driver: asyncpg.Connection) -> bool:
    """Whether the connection is useless after the error: its server does not answer, or it is a standby."""
    if isinstance(error, _OF_STANDBY):
        # The server reports this parameter, and its change by a promotion, without a question.
        return getattr(driver.get_settings(), "in_hot_standby", "off") == "on"
    return isinstance(error, TimeoutError | asyncpg.ReadOnlySQLTransactionError)


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
    if isinstance(error, asyncpg.IndexCorruptedError | asyncpg.DataCorruptedError):
        return DatabaseDamaged(f"PostgreSQL: {error}")
    if isinstance(error, asyncpg.DiskFullError):
        return DatabaseFull(f"PostgreSQL: {error}")
    if isinstance(error, asyncpg.QueryCanceledError) and not closed:
        return StatementTooLong(f"PostgreSQL: {error}")
    if closed or isinstance(error, _UNAVAILABLE):
        return DatabaseUnavailable(f"PostgreSQL: {error}")
    return None
