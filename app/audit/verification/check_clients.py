"""Lists clients that people could take for others: names of before the present rule (rules §8)."""

from app.access.client_names import client_key, reason_against
from app.access.queries import client_names
from app.database import Database


async def client_notes(database: Database) -> list[str]:
    """A line for each name that looks like that of another client, or that no new client may have."""
    async with database.reading() as connection:
        names = sorted(await client_names(connection))
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(client_key(name), []).append(name)
    twins = [
        f"People could take these clients for each other: {', '.join(same)}." for same in alike.values() if same[1:]
    ]
    reasons = ((name, reason_against(name)) for name in names)
    return [*twins, *(f"No new client could have the name {name}: {reason}" for name, reason in reasons if reason)]
