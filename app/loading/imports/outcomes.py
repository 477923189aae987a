"""What became of the lines of an import: the summary that is printed, and the file of what was refused."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from app.domain.errors import DomainError
from app.domain.state import DossierState
from app.loading.imports.lines import Candidate

# The summary names so many dates that differ and so many refusals, and counts the rest.
_LISTED = 100
_LISTED_REJECTIONS = 5
# Of a line that does not fit in many places, so many stand in the reason; `errors` has them all.
_REASONS = 5


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A due date that the other system stated and the law does not give."""

    line: int
    code: str
    stated: date
    computed: date | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the lines; `disagreements` holds the first of `disagreeing`, `rejections` of `rejected`.

    `rejects` is the file that holds them all, None until it is written.
    """

    loaded: int = 0
    continued: int = 0
    unchanged: int = 0
    rejected: int = 0
    disagreeing: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    rejections: tuple["Rejection", ...] = ()
    rejects: Path | None = None

    @property
    def lines(self) -> int:
        """How many lines that is."""
        return self.loaded + self.continued + self.unchanged + self.rejected

    def __str__(self) -> str:
        known = f"{self.unchanged} known already, {self.rejected} rejected"
        lines = [f"{self.loaded} loaded, {self.continued} continued, {known}"]
        return "\n".join([*lines, *self._rejections(), *self._disagreements()])

    def _rejections(self) -> Iterator[str]:
        if not self.rejected:
            return
        yield f"Rejected, with all reasons in {self.rejects}:"
        for one in self.rejections:
            # The names of fields are the file's: nothing in them shall move the terminal's cursor.
            yield f"  line {one.line}: {''.join(sign if sign.isprintable() else '?' for sign in one.reason)}"
        if self.rejected > len(self.rejections):
            yield f"  … and {self.rejected - len(self.rejections)} more"

    def _disagreements(self) -> Iterator[str]:
        if not self.disagreeing:
            return
        one_only = self.disagreeing == 1
        what = (
            "stated due date differs from the computed one"
            if one_only
            else "stated due dates differ from the computed ones"
        )
        yield f"{self.disagreeing} {what}:"
        for one in self.disagreements:
            yield f"  line {one.line}: {one.code} stated {one.stated}, computed {one.computed or 'none'}"
        if self.disagreeing > len(self.disagreements):
            yield f"  … and {self.disagreeing - len(self.disagreements)} more"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line; `kind` is loaded, continued, unchanged or rejected."""

    line: int
    kind: str
    code: str = ""
    disagreement: Disagreement | None = None
    rejection: "Rejection | None" = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line as it stood in the file, None where it was too long to be read, and why it is refused."""

    line: int
    raw: bytes | None
    refusal: DomainError

    @property
    def errors(self) -> list[dict[str, str]]:
        """What of the line does not fit: `{pointer, code, detail}` each."""
        return list(self.refusal.extra.get("errors", ()))

    @property
    def reason(self) -> str:
        """In one line: where the body does not fit, each place with what is wrong there."""
        if not self.errors:
            return self.refusal.detail
        found = [f"{one['pointer']}: {one['detail']}" for one in self.errors]
        more = [f"… and {len(found) - _REASONS} more"] if len(found) > _REASONS else []
        return "; ".join([*found[:_REASONS], *more])


def disagreement_of(one: Candidate, code: str, state: DossierState) -> Disagreement | None:
    """The stated date, where it is neither what the dossier is due on now nor what it was due on at receipt."""
    if one.stated_due_date is None or one.stated_due_date in (state.due_date, state.original_due_date):
        return None
    return Disagreement(one.number, code, one.stated_due_date, state.due_date)


def rejected(line: int, raw: bytes | None, refusal: DomainError) -> Outcome:
    """The outcome of a line that was refused."""
    return Outcome(line, "rejected", rejection=Rejection(line, raw, refusal))


def counted(summary: Summary, outcomes: Sequence[Outcome]) -> Summary:
    """The summary with these outcomes added."""
    found = [one.disagreement for one in outcomes if one.disagreement]
    refused = [one.rejection for one in outcomes if one.rejection]
    kinds = [one.kind for one in outcomes]
    return replace(
        summary,
        loaded=summary.loaded + kinds.count("loaded"),
        continued=summary.continued + kinds.count("continued"),
        unchanged=summary.unchanged + kinds.count("unchanged"),
        rejected=summary.rejected + kinds.count("rejected"),
        disagreeing=summary.disagreeing + len(found),
        disagreements=(*summary.disagreements, *found)[:_LISTED],
        rejections=tuple(sorted((*summary.rejections, *refused), key=_by_line)[:_LISTED_REJECTIONS]),
    )


def _by_line(one: Rejection) -> int:
    return one.line


class Rejects:
    """The file of what was not loaded: `{line, code, reason, pointer, errors, text}`, a line each, in lines' order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        # Of each rejected line, where in this file it stands: the lines come out of order.
        self._rows: list[tuple[int, int, int]] = []
        self._end = 0

    def __enter__(self) -> Self:
        # What an earlier run rejected may be right by now; a pipe or a device is left alone.
        if self._path.is_file() and not self._path.is_symlink():
            self._path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
            # A pipe or a device keeps the order in which the lines were written.
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
        """Add what was refused; it stands in the file when this returns."""
        rejections = sorted((one.rejection for one in outcomes if one.rejection), key=_by_line)
        if rejections and self._file is None:
            self._file = self._path.open("wb")
        if self._file is None:
            return
        for one in rejections:
            row = json.dumps(_reject_row(one), ensure_ascii=False, default=str)
            written = self._file.write(f"{row}\n".encode(errors="backslashreplace"))
            self._rows.append((one.line, self._end, written))
            self._end += written
        self._file.flush()


def _reject_row(one: Rejection) -> Mapping[str, Any]:
    extra = {"pointer": one.refusal.extra["pointer"]} if "pointer" in one.refusal.extra else {}
    errors = {"errors": one.errors} if one.errors else {}
    text = one.raw.decode("utf-8", "backslashreplace").rstrip("\r\n") if one.raw is not None else None
    return {"line": one.line, "code": one.refusal.code, "reason": one.reason, **extra, **errors, "text": text}
