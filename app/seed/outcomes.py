"""What became of the lines of an import: the summary that is printed, and the file of what was refused."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from app.domain.errors import DomainError
from app.domain.state import DossierState
from app.seed.lines import Candidate

# The summary names so many dates that differ, and counts the rest.
_LISTED = 100


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A due date that the other system stated and the law does not give."""

    line: int
    code: str
    stated: date
    computed: date | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the lines; `disagreements` holds the first of `disagreeing`."""

    loaded: int = 0
    continued: int = 0
    unchanged: int = 0
    rejected: int = 0
    disagreeing: int = 0
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines that is."""
        return self.loaded + self.continued + self.unchanged + self.rejected

    def __str__(self) -> str:
        known = f"{self.unchanged} known already, {self.rejected} rejected"
        lines = [f"{self.loaded} loaded, {self.continued} continued, {known}"]
        if self.disagreeing:
            lines.append(f"{self.disagreeing} stated due dates differ from the computed ones:")
            lines += [
                f"  line {one.line}: {one.code} stated {one.stated}, computed {one.computed or 'none'}"
                for one in self.disagreements
            ]
            if self.disagreeing > len(self.disagreements):
                lines.append(f"  … and {self.disagreeing - len(self.disagreements)} more")
        return "\n".join(lines)


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
    kinds = [one.kind for one in outcomes]
    return Summary(
        summary.loaded + kinds.count("loaded"),
        summary.continued + kinds.count("continued"),
        summary.unchanged + kinds.count("unchanged"),
        summary.rejected + kinds.count("rejected"),
        summary.disagreeing + len(found),
        (*summary.disagreements, *found)[:_LISTED],
    )


class Rejects:
    """The file of what was not loaded: `{line, code, reason, pointer, errors, text}`, a line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

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

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """Add what was refused; it stands in the file when this returns."""
        rejections = sorted((one.rejection for one in outcomes if one.rejection), key=lambda one: one.line)
        if rejections and self._file is None:
            self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace")
        if self._file:
            rows = (json.dumps(_reject_row(one), ensure_ascii=False, default=str) for one in rejections)
            self._file.writelines(f"{row}\n" for row in rows)
            self._file.flush()


def _reject_row(one: Rejection) -> Mapping[str, Any]:
    extra = {name: value for name, value in one.refusal.extra.items() if name in ("pointer", "errors")}
    text = one.raw.decode("utf-8", "backslashreplace").rstrip("\r\n") if one.raw is not None else None
    return {"line": one.line, "code": one.refusal.code, "reason": one.refusal.detail, **extra, "text": text}
