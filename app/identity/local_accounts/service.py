"""Signs people in with password and second factor, and changes both (rules §21)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access.client_names import person_client
from app.access.person_sessions import end_sessions_of
from app.access.persons import PersonChange, rest_approval
from app.access.sign_in_links import LinkKind, SignInLink, open_link, use_link
from app.database import Connection, Database
from app.domain.errors import Conflict, Invalid
from app.identity.local_accounts import credentials as stored
from app.identity.local_accounts.attempts import Attempt, count_attempt, forgive
from app.identity.local_accounts.credentials import Credentials
from app.identity.local_accounts.hashing import Hasher
from app.identity.local_accounts.passwords import MOST, require_good
from app.identity.local_accounts.second_factor import matching_step

# After a reset by somebody else, a right to approve that began at once could be that of the other.
REST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal of an attempt to sign in; `wait`: the seconds until the next one, 0 if it was wrong."""

    wait: int = 0


async def check_password(
    database: Database, hasher: Hasher, attempt: Attempt, password: str, now: datetime
) -> Credentials | Refused:
    """The person who proved the password.

    An unknown account, a suspended person and an account without a password are refused as a wrong password is, after
    the same work. Raises Unavailable `sign_in_busy`.
    """
    if wait := await count_attempt(database, attempt, now):
        return Refused(wait)
    async with database.reading() as connection:
        credentials = await stored.credentials_by_account(connection, attempt.account)
    encoded = credentials.password_hash if credentials else None
    matches = await hasher.matches(encoded, password[: MOST * 4])
    if credentials is None or encoded is None or not matches or not credentials.is_active:
        return Refused()
    renewed = await hasher.hash(password) if hasher.is_outdated(encoded) else None
    async with database.writing() as connection:
        await forgive(connection, attempt, whole=not (credentials.secret or credentials.needs_second_factor))
        if renewed is not None:
            await stored.hash_again(connection, credentials.person_id, encoded, renewed)
    return credentials


async def check_code(
    database: Database, attempt: Attempt, person_id: int, version: int, code: str, now: datetime
) -> Credentials | Refused | None:
    """The person who proved the second factor by this code, after a password that was proved at `version`.

    None: the credentials have changed since then, so the password must be proved again.
    """
    if wait := await count_attempt(database, attempt, now):
        return Refused(wait)
    async with database.writing() as connection:
        credentials = await stored.lock_credentials(connection, person_id)
        if credentials is None or not credentials.is_active or credentials.version != version:
            return None
        if credentials.secret is None:
            return None
        step = matching_step(credentials.secret, code, now, credentials.last_step)
        if step is None or not await stored.use_step(connection, credentials, step):
            return Refused()
        await forgive(connection, attempt, whole=True)
        return await stored.credentials_of(connection, person_id)


async def enrol(
    connection: Connection, person_id: int, version: int, secret: str, code: str, now: datetime
) -> Credentials:
    """Enrols the second factor with this secret, for which the person shows a code; it replaces one before.

    The person proved who they are at `version`. Raises Conflict `credentials_changed` if they changed since then, and
    Invalid `code_wrong`.
    """
    credentials = await stored.lock_credentials(connection, person_id)
    if credentials is None or not credentials.is_active or credentials.version != version:
        raise Conflict("credentials_changed", "Password or second factor changed meanwhile: sign in again.")
    step = matching_step(secret, code, now)
    if step is None:
        raise Invalid("code_wrong", "The app shows another code: check the time of the telephone.", pointer="/code")
    await stored.set_second_factor(connection, person_id, secret, step, now)
    removed = [] if credentials.secret is None else [PersonChange.SECOND_FACTOR_REMOVED]
    await stored.record_changes(connection, person_id, now, *removed, PersonChange.SECOND_FACTOR_ENROLLED)
    return credentials


async def remove_second_factor(connection: Connection, credentials: Credentials, now: datetime) -> None:
    """Removes the second factor of a person who has just proved it.

    Raises Conflict `second_factor_required` if an administrator requires one.
    """
    if credentials.needs_second_factor:
        raise Conflict("second_factor_required", "An administrator requires a second factor for this account.")
    await stored.remove_second_factor(connection, credentials.person_id)
    await stored.record_changes(connection, credentials.person_id, now, PersonChange.SECOND_FACTOR_REMOVED)


async def change_password(
    database: Database, hasher: Hasher, credentials: Credentials, password: str, now: datetime, session: str
) -> None:
    """Sets another password of a person who proved the present one. All sessions except `session` end.

    Raises Invalid as `require_good`, and Unavailable `sign_in_busy`.
    """
    require_good(password, account=credentials.account, name=credentials.name)
    encoded = await hasher.hash(password)
    async with database.writing() as connection:
        await stored.lock_credentials(connection, credentials.person_id)
        await stored.set_password(connection, credentials.person_id, encoded, now)
        await end_sessions_of(connection, credentials.person_id, but=session)
        await stored.record_changes(connection, credentials.person_id, now, PersonChange.PASSWORD_SET)


async def person_of_link(connection: Connection, secret: str, now: datetime) -> tuple[SignInLink, Credentials] | None:
    """The link with its person; None if it was used, expired or replaced, or its person may not sign in."""
    link = await open_link(connection, secret, now)
    credentials = None if link is None else await stored.credentials_of(connection, link.person_id)
    return None if link is None or credentials is None else (link, credentials)


async def set_password_by_link(
    database: Database, hasher: Hasher, secret: str, password: str, now: datetime
) -> Credentials | None:
    """Sets the password by a link, which ends, with all sessions of the person. None for a link that opens nothing.

    A reset by an administrator also removes the second factor. The own reset of a person keeps it. Without one, the
    right to approve rests as after a reset by an administrator. Raises as `change_password`.
    """
    async with database.reading() as connection:
        opened = await person_of_link(connection, secret, now)
    if opened is None:
        return None
    link, credentials = opened
    require_good(password, account=credentials.account, name=credentials.name)
    encoded = await hasher.hash(password)
    async with database.writing() as connection:
        present = await stored.lock_credentials(connection, link.person_id)
        if present is None or not present.is_active or not await use_link(connection, link, now):
            return None
        kinds = [PersonChange.PASSWORD_SET]
        await stored.set_password(connection, link.person_id, encoded, now)
        own = link.created_by == person_client(link.person_id)
        if link.kind is LinkKind.RESET and not own and present.secret is not None:
            await stored.remove_second_factor(connection, link.person_id)
            kinds.append(PersonChange.SECOND_FACTOR_REMOVED)
        if link.kind is LinkKind.RESET and (not own or present.secret is None):
            await rest_approval(connection, link.person_id, now + REST)
        await end_sessions_of(connection, link.person_id)
        await stored.record_changes(connection, link.person_id, now, *kinds)
    return credentials
