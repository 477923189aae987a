"""Whether the database still has what refuses to change the tables that only grow."""

from collections.abc import Iterator

from app.audit.verification.difference import Difference
from app.database import Connection
from app.database.append_only import expected_triggers, triggers


async def trigger_differences(connection: Connection) -> list[Difference]:
    """Triggers that are gone, put off or changed, and those that nobody knows (rules §13)."""
    return list(_between(expected_triggers(connection), await triggers(connection)))


def _between(expected: dict[str, str], found: dict[str, str]) -> Iterator[Difference]:
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            yield Difference(f"trigger {name}", None, "definition", expected.get(name), found.get(name))
