"""Units, catalogues, procedures and their versions as values (rules §4, §12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from app.domain.limits import ClockPolicy, TimeLimit
from app.domain.terms import SpecialRules, Step, Terms

CHANNELS = ("counter", "online", "postal")

# Places of a route that mean a unit of the dossier (rules §9).
RECEIVING, RESPONSIBLE = "receiving", "responsible"


class DivisionRule(NamedTuple):
    """The dossiers that go to one successor: those of the procedures and of the applicants' communes; None for all."""

    successor: int
    procedures: Sequence[int] | None
    communes: Sequence[int] | None

    def fits(self, procedure: int, commune: int | None) -> bool:
        """True for a dossier of the procedure, with an applicant of the commune."""
        return (self.procedures is None or procedure in self.procedures) and (
            self.communes is None or commune in self.communes
        )


@dataclass(frozen=True, slots=True)
class Division:
    """The successors of a divided unit, the main one first, and the rules of the division in order."""

    successors: tuple[int, ...]
    rules: tuple[DivisionRule, ...]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Division":
        """The division as `units.division` and the parameters of its reform have it."""
        rules = (DivisionRule(rule["successor"], rule["procedures"], rule["communes"]) for rule in stored["rules"])
        return cls(tuple(stored["successors"]), tuple(rules))

    def successor(self, procedure: int, commune: int | None) -> int:
        """The successor of the first rule that fits, else the main one."""
        fitting = (rule.successor for rule in self.rules if rule.fits(procedure, commune))
        return next(fitting, self.successors[0])


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation in its period of validity; `version` counts its changes (rules §12).

    A divided unit has its main successor in `successor_id`, and all of them in `division`. `fields`: what a department
    answers for.
    """

    id: int
    code: str
    name: str
    kind: str
    type: str
    agency_identifier: str
    parent_id: int | None
    address: str | None
    phone: str | None
    valid_from: date
    valid_to: date | None
    successor_id: int | None
    version: int
    traits: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    division: Division | None = None
    tokens_wait: bool | None = None

    @property
    def successors(self) -> tuple[int, ...]:
        """All successors, the main one first; none for a unit without."""
        if self.division is not None:
            return self.division.successors
        return () if self.successor_id is None else (self.successor_id,)

    def valid_on(self, on: date) -> bool:
        """True if the unit exists on a local date; first and last day are inside (rules §12)."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    @property
    def full_name(self) -> str:
        """The name on papers and pages: `Xã Trà My`; the name of an office has its type: `Phòng Tư pháp`."""
        return self.name if self.kind == "office" else f"{self.type} {self.name}"

    @property
    def described(self) -> str:
        """The unit in the text of a refusal: code, name, id and validity."""
        until = f"to {self.valid_to}" if self.valid_to else "on"
        return f"{self.code} {self.name} (id {self.id}, valid from {self.valid_from} {until})"


@dataclass(frozen=True, slots=True)
class Reform:
    """A change of reference data whose dossiers still follow in short transactions (rules §12).

    `began_at`: the time of its entries. `last_dossier`: the highest id of a dossier that it concerns. `parameters`
    depend on `kind`.
    """

    id: int
    kind: str
    began_at: datetime
    client: str
    notify: bool
    last_dossier: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A named set of procedures; None is no bound (rules §4)."""

    id: int
    name: str
    decision: str | None
    min_days: int | None
    max_days: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a procedure, in force from a date; `limits` has all three channels (rules §4)."""

    id: int
    procedure_id: int
    version: int
    effective_from: date
    effective_to: date | None
    limits: Mapping[str, TimeLimit | None]
    clock_policy: ClockPolicy
    responsible_unit_id: int | None
    fee: int | None
    documents: Sequence[Mapping[str, Any]]
    results: Sequence[Mapping[str, Any]]
    route: tuple[Step, ...]
    legal_basis: str | None
    max_supplement_requests: int
    max_extension: int
    rules: Mapping[str, Any]  # as the database keeps them
    special: SpecialRules

    def in_force_on(self, on: date) -> bool:
        """True if the version is in force on a local date; first and last day are inside (rules §4)."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    @property
    def terms(self) -> Terms:
        """The terms for computations, with the id of the version."""
        return Terms(
            version=self.id,
            limits=self.limits,
            clock_policy=self.clock_policy,
            max_supplement_requests=self.max_supplement_requests,
            max_extension=self.max_extension,
            route=self.route,
            special=self.special,
        )


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure with its versions, oldest first, and its own thresholds of reminders."""

    id: int
    code: str
    name: str
    name_folded: str
    field: str
    level: str
    catalogue_id: int
    note: str | None
    thresholds: Mapping[str, Any] | None
    versions: tuple[Version, ...]
