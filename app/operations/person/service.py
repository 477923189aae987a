"""Export of all that is kept of one person, as one JSON file; each dossier in it is a view of the access log."""

from datetime import datetime
from pathlib import Path

from app.catalogue.cache import load
from app.database import Database
from app.database.tables import access_log
from app.operations.backups.atomic_files import part_of, publish, refuse_existing
from app.operations.person.content import exported
from app.operations.person.matching import ByNumber, Identification, matches_of
from app.operations.person.schemas import PersonExportOut

CLIENT = "motcua person export"
KIND = "export"


async def export(database: Database, person: Identification, file: Path, now: datetime, *, force: bool = False) -> int:
    """Writes the file and returns the number of dossiers in it. The file is whole and its owner's alone (mode 0600).

    The views are committed before the file exists. Raises NotFound `unknown_person`, Conflict `file_exists`, and
    OSError for a file that cannot be written.
    """
    if not force:
        refuse_existing(file)
    async with database.reading(snapshot=True) as connection:
        reference = await load(connection)
        matches = await matches_of(connection, person)
        dossiers = [await exported(connection, reference, match) for match in matches]
    found_by = "identity_number" if isinstance(person, ByNumber) else "dossier"
    content = PersonExportOut(made_at=now, found_by=found_by, dossiers=dossiers)
    views = [{"viewed_at": now, "client": CLIENT, "dossier_id": match.dossier.id, "kind": KIND} for match in matches]
    with part_of(file) as part:
        part.write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
        async with database.writing() as connection:
            await connection.insert_many(access_log, views)
        publish(part, file, force=force)
    return len(dossiers)
