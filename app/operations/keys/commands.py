"""Commands `motcua keys …`: for operators who manage the encryption keys."""

import typer

from app import clock
from app.commands import WithDatabase, shown_progress
from app.encryption.key_ring import new_key
from app.ledger.commands_run import recorded
from app.operations.keys.rotation import rotate


def keys_commands(with_database: WithDatabase) -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Manage the encryption keys of personal data.", no_args_is_help=True)

    @group.command("new")
    def new() -> None:
        """Print a new key for MOTCUA_KEYS. Nothing is changed."""
        typer.echo(new_key())

    @group.command("rotate")
    def change() -> None:
        """Re-encrypt all data with the first key while the service runs. A second run continues an interrupted one."""
        now = clock.now()
        done = with_database(recorded("keys rotate", {}, lambda database: rotate(database, shown_progress()), now))
        typer.echo(f"{done.numbers} identity numbers and {done.responses} stored responses were re-encrypted.")
        if done.keys_in_use:
            typer.echo(
                f"Keys still in use: {', '.join(done.keys_in_use)}. Run this again after every worker has the new keys."
            )

    return group
