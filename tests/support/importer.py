"""Lines of import files, and an importer with what it stored."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.audit.verification.service import verify
from app.database import Database
from app.database.tables import dossiers, entries
from app.loading.imports.service import Summary, import_file
from tests.support.client import Client
from tests.support.database_access import in_database

NOW = datetime(2026, 8, 17, 1, 30, tzinfo=UTC)
# The agency identifier of the commune Trà My until June 2025.
AGENCY = "000.31.15.H47"

Line = dict[str, Any]


def line(code: str | None = f"{AGENCY}-210816-0001", *later: Mapping[str, Any], **fields: Any) -> Line:
    """A dossier received on Monday 16 August 2021 with a limit of 3 working days, and its later events."""
    return {
        **({"code": code} if code else {}),
        "procedure": "1.004837",
        "receiving_unit": "20899",
        "applicant": {"name": "Nguyễn Thị Hoa", "identity_number": "049185001234"},
        "channel": "counter",
        "events": [{"action": "receive", "at": "2021-08-16T08:30:00+07:00", "officer": "Trần Văn Minh"}, *later],
        **fields,
    }


def event(action: str, at: str, **fields: Any) -> Line:
    return {"action": action, "at": f"{at}:00+07:00", **fields}


FINISH = event("finish", "2021-08-20T10:00", outcome="granted")
RETURN = event("return", "2021-08-20T15:00", received_by="Nguyễn Thị Hoa")


class Importer:
    """Imports files into one database, and reads the register afterwards."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.path = folder / "history.ndjson"
        self.rejects = folder / "rejects.ndjson"

    def load(self, *lines: Line | bytes, **options: Any) -> Summary:
        self.path.write_bytes(
            b"\n".join(text if isinstance(text, bytes) else json.dumps(text).encode() for text in lines) + b"\n"
        )
        return in_database(
            self.url, lambda database: import_file(database, self.path, now=NOW, rejects=self.rejects, **options)
        )

    @property
    def rejected(self) -> list[Line]:
        return [json.loads(text) for text in self.rejects.read_text(encoding="utf-8").rstrip("\n").split("\n")]

    def counts(self) -> tuple[int, int]:
        """The numbers of dossiers and entries."""

        async def count(database: Database) -> tuple[int, int]:
            async with database.reading() as connection:
                numbers = [await connection.scalar(select(func.count()).select_from(t)) for t in (dossiers, entries)]
                return numbers[0], numbers[1]

        return in_database(self.url, count)

    def dossier(self, code: str) -> Line:
        with Client(self.url, NOW) as client:
            answer = client.get(f"/api/v1/dossiers/{code}", token=client.token("supervisor"))
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

    def journal(self, code: str) -> list[Line]:
        with Client(self.url, NOW) as client:
            return list(
                client.get(f"/api/v1/dossiers/{code}/journal", token=client.token("supervisor")).json()["items"]
            )

    def differences(self) -> Sequence[object]:
        return in_database(self.url, verify)
