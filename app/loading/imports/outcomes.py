"""Outcomes of the lines of an import: the printed summary, and the file of rejected lines."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from app.domain.errors import DomainError
from app.domain.state import DossierState
from app.loading.cells.records import Place, Record
from app.loading.cells.sentences import vietnamese
from app.loading.imports.lines import Candidate

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
            text = f"{reason.first.place}: {reason.first.vietnamese} / {reason.first.reason}"
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
    rejection: "Rejection | None" = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected record and the reason."""

    record: Record
    refusal: DomainError

    @property
    def errors(self) -> list[dict[str, str]]:
        """The field errors, `{pointer, code, detail}` each."""
        return list(self.refusal.extra.get("errors", ()))

    @property
    def reason(self) -> str:
        """The reason in one line: the first field errors, or the detail of the refusal."""
        if not self.errors:
            return self.refusal.detail
        reasons = [f"{error['pointer']}: {error['detail']}" for error in self.errors]
        more = [f"… and {len(reasons) - _REASONS} more"] if len(reasons) > _REASONS else []
        return "; ".join([*reasons[:_REASONS], *more])

    @property
    def vietnamese(self) -> str:
        """The reason in Vietnamese, for clerks."""
        return vietnamese(self.refusal.code, self.refusal.extra)

    @property
    def _first_error(self) -> Mapping[str, Any]:
        return self.errors[0] if self.errors else {"code": self.refusal.code, **self.refusal.extra}

    @property
    def place(self) -> Place:
        """The place of the first wrong field."""
        return self.record.place(str(self._first_error.get("pointer", "")))

    @property
    def group(self) -> tuple[str, str]:
        """The code, and the columns or the pointer without the numbers of list members: one reason of many lines."""
        error = self._first_error
        columns = ",".join(self.place.columns)
        return str(error["code"]), columns or re.sub(r"/\d+", "/*", str(error.get("pointer", "")))


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


def rejection_outcome(record: Record, refusal: DomainError) -> Outcome:
    """The outcome of a rejected record."""
    return Outcome(record, "rejected", rejection=Rejection(record, refusal))


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
        first = min(reason.first, rejection, key=_number) if reason else rejection
        reasons[rejection.group] = Reason(reason.count + 1 if reason else 1, first)
    return reasons


def _number(rejection: Rejection) -> int:
    return rejection.record.number


class Rejects:
    """The file of rejected lines in their order, one JSON object each: line, code, reason, pointer, errors, text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        # Line number, start and length of each row. The rows are written in another order than that of the lines.
        self._rows: list[tuple[int, int, int]] = []
        self._end = 0

    def __enter__(self) -> Self:
        # Removes the file of an earlier run, but no pipe or device.
        if self._path.is_file() and not self._path.is_symlink():
            self._path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
            # Rows in a pipe or a device cannot be put in order.
            if self._rows != sorted(self._rows) and self._path.is_file() and not self._path.is_symlink():
                self._put_in_order()

    def _put_in_order(self) -> None:
        ordered = self._path.with_name(f"{self._path.name}.ordered")
        with self._path.open("rb") as old, ordered.open("wb") as new:
            for _line, start, length in sorted(self._rows):
                old.seek(start)
                new.write(old.read(length))
        ordered.replace(self._path)

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """Add the rejections to the file, and flush it."""
        rejections = sorted((outcome.rejection for outcome in outcomes if outcome.rejection), key=_number)
        if rejections and self._file is None:
            self._file = self._path.open("wb")
        if self._file is None:
            return
        for rejection in rejections:
            row = json.dumps(_reject_row(rejection), ensure_ascii=False, default=str)
            length = self._file.write(f"{row}\n".encode(errors="backslashreplace"))
            self._rows.append((rejection.record.number, self._end, length))
            self._end += length
        self._file.flush()


def _reject_row(rejection: Rejection) -> Mapping[str, Any]:
    refusal, place = rejection.refusal, rejection.place
    extra = {"pointer": refusal.extra["pointer"]} if "pointer" in refusal.extra else {}
    errors = {"errors": rejection.errors} if rejection.errors else {}
    return {
        "line": place.row,
        **({"sheet": place.sheet} if place.sheet else {}),
        **({"cell": place.cell, "header": ", ".join(place.headers)} if place.columns else {}),
        "code": refusal.code,
        "reason": rejection.reason,
        "reason_vi": rejection.vietnamese,
        **extra,
        **errors,
        "text": rejection.record.text(),
    }
