"""Commands `motcua ledger …`: for inspectors and operators with access to the database."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from app import clock
from app.commands import WithDatabase
from app.database import Database
from app.ledger.adoption import adopt
from app.ledger.entries import entry_content
from app.ledger.queries import PAGE, entries_after


def ledger_commands(with_database: WithDatabase) -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Read the record of administration.", no_args_is_help=True)

    @group.command("list")
    def show(
        subject: Annotated[str | None, typer.Option(help="Only entries of this table.")] = None,
        after: Annotated[int, typer.Option(min=0, help="Only entries with greater numbers.")] = 0,
    ) -> None:
        """Print the entries, oldest first: number, hash and exact content, one line of JSON each."""
        with_database(lambda database: _print(database, subject, after, typer.echo))

    @group.command("adopt")
    def take_over() -> None:
        """Take over rows that an older version wrote without the ledger. `motcua verify` says it for ever."""
        now = clock.now()
        number = with_database(lambda database: adopt(database, now))
        typer.echo(f"The ledger took over {number} rows.")

    return group


async def _print(database: Database, subject: str | None, after: int, write: Callable[[str], None]) -> None:
    async with database.reading() as connection:
        while rows := await entries_after(connection, after, PAGE):
            for row in rows:
                if subject is None or row.subject == subject:
                    content = entry_content(row.previous, row._asdict())
                    write(json.dumps({"number": row.number, "hash": row.hash, "content": content}, ensure_ascii=False))
            after = rows[-1].number
