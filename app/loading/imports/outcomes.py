"""Outcomes of the records of an import, and the printed summary."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from app.domain.errors import DomainError
from app.domain.state import DossierState
from app.loading.cells.records import Place, Record
from app.loading.imports.lines import Candidate
from app.loading.imports.rejections import Rejection

# Most disagreements and rejections that the summary lists.
_LISTED = 100
# Most reasons that the summary lists, each with its first line.
_LISTED_REASONS = 20
# Most field errors in the reason of a rejection; `errors` has all of them.
_REASONS = 5


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A due date stated by the other system that differs from the computed one."""

    place: Place
    code: str
    stated: date
    computed: date | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers of lines by outcome. `disagreements` has the first of `disagreeing`; `flags` counts loaded lines.

    `reasons` groups the rejected lines by code and pointer.

    `notes` are lines about parts of the file that were not read. `rejects` is the file with all rejections, None
    before it is written.
    """

    loaded: int = 0
    continued: int = 0
    unchanged: int = 0
    rejected: int = 0
    disagreeing: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    reasons: Mapping[tuple[str, str], "Reason"] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()
    rejects: Path | None = None

    @property
    def lines(self) -> int:
        """The number of lines so far."""
        return self.loaded + self.continued + self.unchanged + self.rejected

    def __str__(self) -> str:
        rest = f"{self.unchanged} unchanged, {self.rejected} rejected"
        lines = [f"{self.loaded} loaded, {self.continued} continued, {rest}"]
        return "\n".join([*lines, *self._rejections(), *self._flags(), *self._disagreements(), *self.notes])

    def _rejections(self) -> Iterator[str]:
        if not self.rejected:
            return
        yield f"Rejected lines by reason (all lines are in {self.rejects}):"
        most = sorted(self.reasons.values(), key=lambda reason: (-reason.count, reason.first.record.number))
        for reason in most[:_LISTED_REASONS]:
            # Field names come from the file and may contain control characters for the terminal.
            fault = reason.first.faults[0]
            detail = reason.first.reason if fault.place.is_line else fault.title.en
            text = f"{fault.place}: {fault.title.vi} / {detail}"
            printable = "".join(sign if sign.isprintable() else "?" for sign in text)
            yield f"  {reason.count} × {printable}"
        if len(most) > _LISTED_REASONS:
            yield f"  … and {len(most) - _LISTED_REASONS} more reasons"

    def _flags(self) -> Iterator[str]:
        for flag, count in sorted(self.flags.items()):
            yield f"{count} lines flagged {flag}"

    def _disagreements(self) -> Iterator[str]:
        if not self.disagreeing:
            return
        if self.disagreeing == 1:
            yield "1 stated due date differs from the computed one:"
        else:
            yield f"{self.disagreeing} stated due dates differ from the computed ones:"
        for due in self.disagreements:
            yield f"  {due.place}: {due.code} stated {due.stated}, computed {due.computed or 'none'}"
        if self.disagreeing > len(self.disagreements):
            yield f"  … and {self.disagreeing - len(self.disagreements)} more"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one record; `kind` is loaded, continued, unchanged or rejected."""

    record: Record
    kind: str
    code: str = ""
    disagreement: Disagreement | None = None
    rejection: Rejection | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of rejections: the number of its lines, and the first of them."""

    count: int
    first: Rejection


def disagreement_of(line: Candidate, code: str, state: DossierState) -> Disagreement | None:
    """The stated due date if it is neither the present due date nor the original one; otherwise None."""
    if line.stated_due_date is None or line.stated_due_date in (state.due_date, state.original_due_date):
        return None
    return Disagreement(line.record.place("/stated_due_date"), code, line.stated_due_date, state.due_date)


def rejection_outcome(record: Record, refusal: DomainError, suggestion: str = "") -> Outcome:
    """The outcome of a rejected record."""
    return Outcome(record, "rejected", rejection=Rejection(record, refusal, suggestion))


def add_outcomes(summary: Summary, outcomes: Sequence[Outcome]) -> Summary:
    """The summary with these outcomes added."""
    disagreements = [outcome.disagreement for outcome in outcomes if outcome.disagreement]
    rejections = [outcome.rejection for outcome in outcomes if outcome.rejection]
    kinds = [outcome.kind for outcome in outcomes]
    return replace(
        summary,
        loaded=summary.loaded + kinds.count("loaded"),
        continued=summary.continued + kinds.count("continued"),
        unchanged=summary.unchanged + kinds.count("unchanged"),
        rejected=summary.rejected + kinds.count("rejected"),
        disagreeing=summary.disagreeing + len(disagreements),
        disagreements=(*summary.disagreements, *disagreements)[:_LISTED],
        reasons=_with_reasons(summary.reasons, rejections),
        flags=Counter(summary.flags) + Counter(flag for outcome in outcomes for flag in outcome.flags),
    )


def _with_reasons(
    before: Mapping[tuple[str, str], Reason], rejections: Sequence[Rejection]
) -> Mapping[tuple[str, str], Reason]:
    reasons = dict(before)
    for rejection in rejections:
        reason = reasons.get(rejection.group)
        first = min(reason.first, rejection, key=lambda each: each.record.number) if reason else rejection
        reasons[rejection.group] = Reason(reason.count + 1 if reason else 1, first)
    return reasons


def _number(rejection: Rejection) -> int:
    return rejection.record.number
