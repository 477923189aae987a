"""Command `motcua remind`: sends the reminders that are due now."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from app import clock
from app.catalogue.cache import ReferenceCache
from app.commands import WithDatabase
from app.database import Database
from app.notifications.outbox.messages import OutboxMessage
from app.notifications.reminders.contacts import Contact
from app.notifications.reminders.rounds import remind as run
from app.settings import Settings, channels_of


def remind_command(with_database: WithDatabase) -> Callable[..., None]:
    """Builds the command."""

    def remind(
        dry_run: Annotated[bool, typer.Option("--dry-run", help="List the messages only; store nothing.")] = False,
    ) -> None:
        """Put the reminders that are due now into the outbox, as the service does every five minutes."""
        now, channels = clock.now(), channels_of(Settings())

        def work(database: Database) -> Awaitable[list[tuple[Contact, OutboxMessage]]]:
            return run(database, ReferenceCache(), channels, now, dry_run=dry_run)

        messages = with_database(work)
        for contact, message in messages:
            count = len(message.data["reminders"])
            typer.echo(f"{contact.role} of unit {contact.unit_id}, by {contact.channel}: {count} reminders")
        typer.echo(f"{len(messages)} messages {'would be' if dry_run else 'were'} put into the outbox.")

    return remind
