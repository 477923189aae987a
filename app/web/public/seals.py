"""Facts of the page of seals: the newest ones, or those up to a number."""

import re
from typing import Any

from app.audit.seals.queries import newest_seals
from app.catalogue.dependencies import CatalogueServices
from app.database import Connection
from app.domain.errors import Invalid
from app.settings import seal_signer_of

_SHOWN = 30
_NUMBER = re.compile(r"[0-9]{1,9}")


async def seal_facts(services: CatalogueServices, connection: Connection, number: str | None) -> dict[str, Any]:
    """The facts of the page. `number`: the typed number of the first seal to show. Raises Invalid for anything else."""
    if number is not None and not _NUMBER.fullmatch(number):
        raise Invalid("invalid", "The number of a seal is a whole number.", pointer="/number")
    seals = await newest_seals(connection, None if number is None else int(number) + 1, _SHOWN + 1)
    signer = seal_signer_of(services.settings)
    return {
        "number": number,
        "seals": seals[:_SHOWN],
        "following": seals[_SHOWN].number if len(seals) > _SHOWN else None,
        "verifier": str(signer.verifier()) if signer else None,
    }
