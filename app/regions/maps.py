"""Maps for the proxy in front of the regions: which region has the codes of a province part, and which has a unit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import BaseModel

from app.domain.codes import AgencyIdentifier
from app.domain.errors import Conflict

PROVINCES, UNITS = "provinces.map", "units.map"


class PublicUnit(BaseModel):
    """The fields of a unit that lead to its region."""

    code: str
    agency_identifier: str


class UnitPage(BaseModel):
    """A page of a region's list of units."""

    items: list[PublicUnit]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Maps:
    """The region of each province part, and of each code of a unit; `shared` are unit codes of several regions."""

    provinces: Mapping[str, str]
    units: Mapping[str, str]
    shared: Mapping[str, list[str]]

    def write(self, folder: Path) -> None:
        """Writes both maps as HAProxy reads them."""
        for name, regions in ((PROVINCES, self.provinces), (UNITS, self.units)):
            lines = "".join(f"{key} {regions[key]}\n" for key in sorted(regions))
            (folder / name).write_text(lines, encoding="utf-8")


def maps_of(units: Mapping[str, Iterable[PublicUnit]]) -> Maps:
    """The maps for the units of each region, of all times.

    Raises Conflict `province_of_two_regions`: a code would then lead to a register that does not have it.
    """
    provinces: defaultdict[str, set[str]] = defaultdict(set)
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for region, members in units.items():
        for unit in members:
            provinces[AgencyIdentifier(unit.agency_identifier).province].add(region)
            codes[unit.code].add(region)
    for part, regions in sorted(provinces.items()):
        if len(regions) > 1:
            names = " and ".join(sorted(regions))
            raise Conflict("province_of_two_regions", f"Units with agency identifiers of {part} are in {names}.")
    return Maps(
        provinces={part: next(iter(regions)) for part, regions in provinces.items()},
        # The proxy reads a key up to the first space.
        units={
            code: next(iter(regions)) for code, regions in codes.items() if len(regions) == 1 and len(code.split()) == 1
        },
        shared={code: sorted(regions) for code, regions in sorted(codes.items()) if len(regions) > 1},
    )


async def public_units(http: httpx.AsyncClient, address: str) -> list[PublicUnit]:
    """All units of a region, from its public list. Raises httpx.HTTPError if it does not answer."""
    units: list[PublicUnit] = []
    cursor: str | None = ""
    while cursor is not None:
        parameters = {"limit": "500", **({"cursor": cursor} if cursor else {})}
        response = await http.get(f"{address}/api/v1/units", params=parameters)
        page = UnitPage.model_validate_json(response.raise_for_status().content)
        units += page.items
        cursor = page.next_cursor
    return units
