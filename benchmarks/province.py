"""A fictitious large province with the real procedures and calendars that the service ships."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.catalogue.cache import touch
from app.catalogue.calendars import YearContent, append_revision
from app.database import Connection, Database
from app.database.tables import catalogues, procedure_versions, procedures, units
from app.domain.working_days import CalendarStatus
from app.text_input import fold

OFFICES, COMMUNES, PROCEDURES = 60, 260, 150
ROOT = "48"
# All units are valid from before the first dossier until after the last.
FOUNDED = date(2018, 1, 1)

_DATA = Path(__file__).parents[1] / "app" / "loading" / "reference" / "data"

Line = Mapping[str, str]


async def build(database: Database, now: datetime) -> None:
    """Fill an empty database: 1 province, 60 offices, 260 communes, 150 procedures in some 20 fields, 10 calendars.

    Communes have all procedures of communes in today's lists. Each office has the procedures of one field.
    """
    async with database.writing() as connection:
        await touch(connection)
        root = await _unit(connection, None, "province", ROOT, "Đà Nẵng", "000.00.00.H17")
        lines = _procedures()
        fields = sorted({line["field"] for line in lines.values() if line["responsible_unit"]})
        offices = [
            await _unit(connection, root, "office", _office(number), _name(fields, number), f"{number:03}.00.00.H17")
            for number in range(1, OFFICES + 1)
        ]
        for number in range(1, COMMUNES + 1):
            name = f"Xã thứ {number}"
            await _unit(connection, root, "commune", str(30000 + number), name, f"{number:03}.00.01.H17")
        catalogue = await connection.insert(catalogues, {"name": "Tất cả thủ tục"})
        for line, office in _assignments(lines.values(), fields):
            await _procedure(connection, catalogue, line, None if office is None else offices[office])
        for year, content in json.loads((_DATA / "calendar.json").read_text(encoding="utf-8"))["years"].items():
            await append_revision(connection, _year(int(year), content), now)


def _office(number: int) -> str:
    return f"{ROOT}.{number:02}"


def _name(fields: Sequence[str], number: int) -> str:
    return f"Phòng {fields[(number - 1) % len(fields)]} số {number}"


async def _unit(connection: Connection, parent: int | None, kind: str, code: str, name: str, agency: str) -> int:
    row = {"code": code, "name": name, "kind": kind, "type": kind, "agency_identifier": agency}
    unit = await connection.insert(units, {**row, "parent_id": parent, "valid_from": FOUNDED, "valid_to": None})
    assert unit is not None
    return unit


# --- Procedures -------------------------------------------------------------------------------------------------------


def _procedures() -> dict[tuple[str, bool], dict[str, str]]:
    """The latest version of each real procedure. The key is its code, and True if an office is responsible."""
    with (_DATA / "procedures.csv").open(encoding="utf-8", newline="") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: line["effective_from"])
    return {(line["code"], bool(line["responsible_unit"])): line for line in lines}


def _assignments(lines: Sequence[Line] | Any, fields: Sequence[str]) -> list[tuple[Line, int | None]]:
    """Each procedure with the index of its office, None for communes.

    Communes have their procedures of the lists. The others are repeated procedures of offices with new codes.
    """
    assigned: list[tuple[Line, int | None]] = [(line, None) for line in lines if not line["responsible_unit"]]
    of_field: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line["responsible_unit"]:
            of_field[line["field"]].append(line)
    for number in range(PROCEDURES - len(assigned)):
        office = number % OFFICES
        choice = of_field[fields[office % len(fields)]]
        line = choice[(office // len(fields) + number // OFFICES) % len(choice)]
        names = {"code": f"{line['code']}.{number + 1:03}", "name": f"{line['name']} ({_name(fields, office + 1)})"}
        assigned.append(({**line, **names, "level": "province"}, office))
    return assigned


async def _procedure(connection: Connection, catalogue: int | None, line: Line, office: int | None) -> None:
    procedure = await connection.insert(
        procedures,
        {
            **{column: line[column] for column in ("code", "name", "field", "level")},
            "name_folded": fold(line["name"]),
            "catalogue_id": catalogue,
        },
    )
    await connection.insert(
        procedure_versions,
        {
            "procedure_id": procedure,
            "version": 1,
            "effective_from": FOUNDED,
            "limits": {channel: _limit(line, channel) for channel in ("counter", "online", "postal")},
            "clock_policy": "exclude",
            "responsible_unit_id": office,
            "documents": [],
            "route": [],
            "max_supplement_requests": 1,
            "max_extension": int(line["max_extension"]),
        },
    )


def _limit(line: Line, channel: str) -> dict[str, Any] | None:
    if not line[channel]:
        return None
    return {"amount": None if line["unit"] == "same_day" else int(line[channel]), "unit": line["unit"]}


def _year(year: int, content: Mapping[str, Any]) -> YearContent:
    return YearContent(
        year=year,
        status=CalendarStatus(content["status"]),
        decision=content["decision"],
        days_off=frozenset(map(date.fromisoformat, content["days_off"])),
        working_days=frozenset(map(date.fromisoformat, content["working_days"])),
        names={date.fromisoformat(day): name for day, name in content["names"].items()},
    )
