"""Commands `motcua token …`: for operators with access to the database, over all units."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app import clock
from app.access.queries import Token, list_tokens
from app.access.service import IssuedToken, TokenRequest, confirm, issue, lock_token, revoke, rotate
from app.catalogue.cache import load
from app.commands import WithDatabase
from app.database import Database
from app.domain.errors import Invalid
from app.domain.lifecycle import Role
from app.domain.localtime import at_minute, local, local_date
from app.identity.tokens.service import waits_for_nobody
from app.ledger.entries import COMMAND_LINE

_MOST_DAYS = 36500
_HEAD = ("id", "client", "role", "unit", "state", "created", "expires", "last used")

Expires = Annotated[
    str | None, typer.Option(metavar="DATE|DAYS", help="Valid until the end of this date, or for this many days.")
]
TokenId = Annotated[
    int, typer.Argument(min=1, max=2**31 - 1, metavar="ID", help="Number of the token in `motcua token list`.")
]


def token_commands(with_database: WithDatabase) -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Manage the tokens of clients.", no_args_is_help=True)

    @group.command()
    def create(
        client: Annotated[str, typer.Option(help="Name of the client, as shown in journals.")],
        role: Annotated[Role, typer.Option(help="Role of the client.")],
        unit: Annotated[
            str | None,
            typer.Option(help="Code of a unit; the token is valid for it and the units below. Default: all units."),
        ] = None,
        expires: Expires = None,
    ) -> None:
        """Create a token and print it once. It cannot be shown again."""
        now = clock.now()
        until = _expiry(expires, now)
        issued = with_database(lambda database: _created(database, client, role, unit, until, now))
        typer.echo(issued.secret)

    @group.command("list")
    def show(
        active: Annotated[bool, typer.Option("--active", help="Valid tokens only.")] = False,
        waiting: Annotated[bool, typer.Option("--waiting", help="Those that wait for a successor only.")] = False,
    ) -> None:
        """List the tokens by number, without their secrets."""
        now = clock.now()
        for line in with_database(lambda database: _listed(database, now, active, waiting)):
            typer.echo(line)

    @group.command("revoke")
    def end(token: TokenId) -> None:
        """Revoke a token. It stops working within MOTCUA_TOKEN_CACHE_SECONDS."""
        revoked = with_database(lambda database: _revoked(database, token, clock.now()))
        typer.echo(f"The token {revoked.id} of {revoked.client} was revoked at {_shown(revoked.revoked_at)}.")

    @group.command("confirm")
    def accept(tokens: Annotated[list[int], typer.Argument(min=1, max=2**31 - 1, metavar="ID...")]) -> None:
        """Confirm tokens of units that ended, for their successors. `motcua token list --waiting` shows them."""
        for line in with_database(lambda database: _confirmed(database, tokens, clock.now())):
            typer.echo(line)

    @group.command("rotate")
    def replace(
        token: TokenId,
        overlap: Annotated[int, typer.Option(min=0, max=720, help="Hours for which the old token stays valid.")] = 24,
        expires: Expires = None,
    ) -> None:
        """Replace a token and print the new one. The old token expires after the overlap."""
        now = clock.now()
        until = _expiry(expires, now)
        issued = with_database(lambda database: _rotated(database, token, timedelta(hours=overlap), until, now))
        typer.echo(issued.secret)

    return group


def _expiry(text: str | None, now: datetime) -> datetime | None:
    """The expiry (UTC): the end of a local date, or a number of days after `now`."""
    if text is None:
        return None
    if re.fullmatch(r"[1-9][0-9]{0,4}", text) and int(text) <= _MOST_DAYS:
        return now + timedelta(days=int(text))
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date
        return at_minute(day + timedelta(days=1), 0).astimezone(UTC)
    except (ValueError, OverflowError):
        detail = f"{text!r} is neither a date (2027-12-31) nor a number of days from 1 to {_MOST_DAYS}."
        raise Invalid("expiry_invalid", detail) from None


async def _created(
    database: Database, client: str, role: Role, unit: str | None, until: datetime | None, now: datetime
) -> IssuedToken:
    async with database.writing() as connection:
        scope = (await load(connection)).query_unit(unit, None, local_date(now))
        request = TokenRequest(client, role, scope.id if scope else None, until)
        return await issue(connection, request, COMMAND_LINE, now)


async def _revoked(database: Database, token_id: int, now: datetime) -> Token:
    async with database.writing() as connection:
        return await revoke(connection, await lock_token(connection, token_id), COMMAND_LINE, now)


async def _confirmed(database: Database, tokens: list[int], now: datetime) -> list[str]:
    """Confirms all of the tokens or none; a line for each."""
    lines = []
    async with database.writing() as connection:
        reference = await load(connection)
        for token_id in sorted(set(tokens)):
            token = await lock_token(connection, token_id)
            successor = reference.awaited(token.unit_id, local_date(now))
            if successor is None:
                raise waits_for_nobody(token)
            await confirm(connection, token, successor.id, COMMAND_LINE, now)
            lines.append(f"The token {token.id} of {token.client} belongs to {successor.code} {successor.name}.")
    return lines


async def _rotated(
    database: Database, token_id: int, overlap: timedelta, until: datetime | None, now: datetime
) -> IssuedToken:
    async with database.writing() as connection:
        old = await lock_token(connection, token_id)
        return await rotate(connection, old, COMMAND_LINE, now, overlap=overlap, expires_at=until)


async def _listed(database: Database, now: datetime, active: bool, waiting: bool) -> list[str]:
    async with database.reading() as connection:
        reference = await load(connection)
        tokens = await list_tokens(connection, now, active=True if active else None)
    units, today = reference.units, local_date(now)
    if waiting:
        tokens = [token for token in tokens if reference.awaited(token.unit_id, today) is not None]
    rows = [list(_HEAD)]
    for token in tokens:
        unit = "all" if token.unit_id is None else f"{units[token.unit_id].code} {units[token.unit_id].name}"
        times = (_shown(moment) for moment in (token.created_at, token.expires_at, token.last_used_at))
        rows.append([str(token.id), token.client, token.role.value, unit, token.state(now), *times])
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _shown(moment: datetime | None) -> str:
    return "–" if moment is None else local(moment).strftime("%Y-%m-%d %H:%M")
