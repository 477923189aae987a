"""Proposes the mapping of a table file."""

from pathlib import Path

from app.catalogue.cache import load
from app.database import Database
from app.loading.proposals.drafting import draft_of
from app.loading.proposals.writing import mapping_text


async def propose(database: Database, path: Path, encoding: str | None) -> str:
    """A draft of the mapping as TOML. Codes come from the catalogue of this database."""
    async with database.reading() as connection:
        reference = await load(connection)
    return mapping_text(draft_of(path, encoding, reference))
