"""The commands `motcua keys …`: for whoever keeps the keys."""

import typer

from app.commands import WithDatabase, shown_progress
from app.encryption.key_ring import new_key
from app.operations.keys.rotation import rotate


def keys_commands(with_database: WithDatabase) -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="Keys that personal data are encrypted with.", no_args_is_help=True)

    @group.command("new")
    def new() -> None:
        """Print a new key for MOTCUA_KEYS; nothing is changed."""
        typer.echo(new_key())

    @group.command("rotate")
    def change() -> None:
        """Encrypt everything anew under the first key, beside the running service; running it again goes on."""
        done = with_database(lambda database: rotate(database, shown_progress()))
        typer.echo(f"{done.numbers} identity numbers and {done.answers} kept answers were encrypted anew.")
        if done.left:
            typer.echo(f"Still needed: {', '.join(done.left)}. Run it again once every worker has the new keys.")

    return group
