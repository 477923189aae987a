"""The reader of dossiers: the caller with its scope, and the people that it may see in them (rules §8)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.access.callers import Caller
from app.access.shown_people import people_shown
from app.domain.calendar import local_date
from app.domain.lifecycle import Role
from app.dossiers.permissions import needs_names
from app.dossiers.queries import Dossier


@dataclass(frozen=True, slots=True)
class Reader:
    """A caller that reads at an instant; `scope` are the units of its token, None for all."""

    caller: Caller
    scope: frozenset[int] | None
    now: datetime

    @property
    def needs_names(self) -> bool:
        """True for roles that work on dossiers; reporters and administrators need no names."""
        return needs_names(self.caller.role)

    @property
    def names_only_where_held(self) -> frozenset[int] | None:
        """This reader sees people only in dossiers that one of these units has or had; None for no such restriction."""
        return self.scope if self.caller.role is Role.OFFICER else None

    def sees_people(self, dossier: Dossier) -> bool:
        """True if this reader, who may read the dossier, sees the people in it and their words.

        Clerks and supervisors see them in every dossier that they may read. Officers see them if one of their units
        has or had the dossier. A purged dossier has none.

        Who asks and may see them is taken for shown them: the response becomes a view in the access log.
        """
        holders = self.names_only_where_held
        sees = (self.needs_names and not dossier.purged) and (
            holders is None or any(held and unit in holders for unit, held in dossier.units.items())
        )
        if sees:
            people_shown((dossier.id,))
        return sees

    def recorded_last(self, dossier: Dossier, within: timedelta) -> bool:
        """True if this reader's client, of a role that acts, recorded the last entry within this time (rules §8)."""
        last = dossier.recorded_last
        return last is not None and self.needs_names and last[0] == self.caller.client and self.now - last[1] <= within

    @property
    def today(self) -> date:
        """The local date of `now`."""
        return local_date(self.now)
