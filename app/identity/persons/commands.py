"""Commands `motcua administrator …`: the first administrator who signs in, and a way back for one who cannot."""

import unicodedata
from datetime import datetime, timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from app import clock
from app.access.person_records import NewRole
from app.access.person_service import create_person
from app.access.person_sessions import end_sessions_of
from app.access.persons import (
    PersonChange,
    PersonState,
    fold_account,
    lock_person,
    person_by_account,
    record_person_change,
)
from app.access.sign_in_links import LinkKind, issue_link
from app.catalogue.cache import load
from app.commands import WithDatabase
from app.database import Connection, Database
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.identity.persons.links import address_of
from app.ledger.entries import COMMAND_LINE
from app.settings import Settings
from app.text_input import Name

_NAME: TypeAdapter[str] = TypeAdapter(Name)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account name, such as an.nv.")]


def administrator_commands(with_database: WithDatabase) -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Create administrators who sign in.", no_args_is_help=True)

    @group.command()
    def create(
        account: Account,
        name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the person.")],
        unit: Annotated[
            str | None,
            typer.Option(help="Code of a unit; the role is valid for it and the units below. Default: all units."),
        ] = None,
    ) -> None:
        """Create an administrator, and print the link for the first sign-in once."""
        settings, now = Settings(), clock.now()
        secret = with_database(lambda database: _created(database, account, name, unit, settings.link_hours, now))
        typer.echo(address_of(settings, secret))

    @group.command()
    def link(account: Account) -> None:
        """Print a link by which a person sets another password. The sessions of the person end."""
        settings, now = Settings(), clock.now()
        secret = with_database(lambda database: _reset(database, account, settings.link_hours, now))
        typer.echo(address_of(settings, secret))

    return group


async def _created(database: Database, account: str, name: str, unit: str | None, hours: int, now: datetime) -> str:
    async with database.writing() as connection:
        today = local_date(now)
        scope = (await load(connection)).query_unit(unit, None, today)
        role = NewRole(Role.ADMINISTRATOR, scope.id if scope else None, today)
        about = {"account": account, "name": _checked(name)}
        person = await create_person(connection, about, [role], COMMAND_LINE, now)
        return await _link(connection, person.id, LinkKind.INVITATION, hours, now)


async def _reset(database: Database, account: str, hours: int, now: datetime) -> str:
    async with database.writing() as connection:
        person = await person_by_account(connection, account)
        if person is None:
            raise NotFound("unknown_account", f"There is no person with the account name {fold_account(account)!r}.")
        person = await lock_person(connection, person.id)
        if person.state is not PersonState.ACTIVE:
            raise Conflict("person_not_active", f"The account is {person.state}.")
        await end_sessions_of(connection, person.id)
        return await _link(connection, person.id, LinkKind.RESET, hours, now)


async def _link(connection: Connection, person_id: int, kind: LinkKind, hours: int, now: datetime) -> str:
    expires_at = now + timedelta(hours=hours)
    secret = await issue_link(connection, person_id, kind, COMMAND_LINE, now, expires_at, shown=True)
    change = PersonChange.INVITED if kind is LinkKind.INVITATION else PersonChange.RESET
    await record_person_change(connection, person_id, change, COMMAND_LINE, now, {"mailed": False})
    return secret


def _checked(name: str) -> str:
    try:
        return _NAME.validate_python(unicodedata.normalize("NFC", name))
    except ValidationError:
        raise Invalid("name_invalid", "The name needs 1 to 500 visible characters.") from None
