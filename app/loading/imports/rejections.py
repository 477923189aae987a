"""Rejected records: their faults in sentences for clerks, and the file that lists them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from app.domain.errors import DomainError
from app.http.messages import Title
from app.loading.cells.records import Place, Record
from app.loading.cells.sentences import sentence

# Most faults in the reason of a rejection; `errors` has all of them.
_REASONS = 5


class Fault(NamedTuple):
    """A wrong field: its code, its place, and a sentence that says what is wrong and what would be right."""

    code: str
    pointer: str
    place: Place
    title: Title


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected record and the reason. `suggestion`: codes that may have been meant."""

    record: Record
    refusal: DomainError
    suggestion: str = ""

    @property
    def errors(self) -> list[dict[str, str]]:
        """The field errors, `{pointer, code, detail}` each."""
        return list(self.refusal.extra.get("errors", ()))

    @property
    def faults(self) -> list[Fault]:
        """All faults of the record."""
        whole = {"code": self.refusal.code, "detail": self.refusal.detail, **self.refusal.extra}
        vietnamese = self.refusal.extra.get("vi", ())
        return [
            self._fault(error, vietnamese[number] if number < len(vietnamese) else None)
            for number, error in enumerate(self.errors or [whole])
        ]

    def _fault(self, error: Mapping[str, Any], vietnamese: str | None) -> Fault:
        code, detail, pointer = error["code"], error["detail"], str(error.get("pointer", ""))
        # The interface points to the event, a clerk to the empty cell.
        cell = f"{pointer}/reason" if code == "refusal_reason_missing" else pointer
        if vietnamese is not None:
            return Fault(code, pointer, self.record.place(cell), Title(vietnamese, detail))
        title = sentence(code, detail, self.record.value(cell), self.suggestion)
        return Fault(code, pointer, self.record.place(cell), title)

    @property
    def reason(self) -> str:
        """The faults in English. Those of JSON stand beside their pointers."""
        faults = self.faults
        if not faults[0].place.is_line:
            return _listed([f"{fault.place}: {fault.title.en}" for fault in faults])
        if not self.errors:
            return " ".join(filter(None, [self.refusal.detail, self.suggestion]))
        return _listed([f"{error['pointer']}: {error['detail']}" for error in self.errors])

    @property
    def vietnamese(self) -> str:
        """The faults in Vietnamese."""
        faults = self.faults
        if faults[0].place.is_line:
            return " ".join(dict.fromkeys(fault.title.vi for fault in faults))
        return _listed([f"{fault.place}: {fault.title.vi}" for fault in faults])

    @property
    def group(self) -> tuple[str, str]:
        """The code, and the columns or the pointer without the numbers of list members: one reason of many lines."""
        first = self.faults[0]
        return first.code, ",".join(first.place.columns) or re.sub(r"/\d+", "/*", first.pointer)


def _listed(reasons: Sequence[str]) -> str:
    more = [f"… and {len(reasons) - _REASONS} more"] if len(reasons) > _REASONS else []
    return "; ".join([*reasons[:_REASONS], *more])


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

    def write(self, unordered: Sequence[Rejection]) -> None:
        """Add the rejections to the file, and flush it."""
        rejections = sorted(unordered, key=_number)
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


def _number(rejection: Rejection) -> int:
    return rejection.record.number


def _reject_row(rejection: Rejection) -> Mapping[str, Any]:
    refusal, faults = rejection.refusal, rejection.faults
    place = faults[0].place
    return {
        "line": place.row,
        **({"sheet": place.sheet} if place.sheet else {}),
        **({"cell": place.cell, "header": ", ".join(place.headers)} if place.columns else {}),
        "code": refusal.code,
        "reason": rejection.reason,
        "reason_vi": rejection.vietnamese,
        **({"pointer": refusal.extra["pointer"]} if "pointer" in refusal.extra else {}),
        **(
            {"errors": [_error(error, fault) for error, fault in zip(rejection.errors, faults, strict=True)]}
            if rejection.errors
            else {}
        ),
        "text": rejection.record.text(),
    }


def _error(error: Mapping[str, str], fault: Fault) -> Mapping[str, str]:
    return {**error, "cell": fault.place.cell} if fault.place.columns else error
