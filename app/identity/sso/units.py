"""The unit that claims name."""

from datetime import datetime

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.http.errors import Forbidden


def unit_id_of(reference: Reference, unit: str | int | None, now: datetime) -> int | None:
    """The unit by its current code or by its id, as in the commands for tokens; None: all units.

    Raises Forbidden `sign_on_unit` for an unknown one.
    """
    code, unit_id = (unit, None) if isinstance(unit, str) else (None, unit)
    try:
        named = reference.query_unit(code, unit_id, local_date(now))
    except Invalid:
        raise Forbidden("sign_on_unit", "The token names an unknown unit, or a code of several units.") from None
    return None if named is None else named.id
