"""A made-up register as offices have it: one wide table in five forms, with its mapping."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from app.domain.localtime import TZ
from app.loading.tables.values import PAPER_FORMS
from tests.support.registers import in_tcvn3, in_windows_1258

Line = Mapping[str, Any]
FORMS = ("ndjson", "csv-utf-8", "csv-windows-1258", "csv-tcvn3", "xlsx")

_WORDS = {
    "receive": "Tiếp nhận", "submit": "Nộp trực tuyến", "decline": "Từ chối tiếp nhận", "forward": "Chuyển",
    "take": "Thụ lý", "request-supplement": "Yêu cầu bổ sung", "supplement": "Bổ sung",
    "request-payment": "Yêu cầu nộp tiền", "pay": "Nộp tiền", "suspend": "Tạm dừng", "resume": "Tiếp tục",
    "extend": "Gia hạn", "apply-condition": "Áp dụng điều kiện", "reschedule": "Hẹn lại", "transfer": "Chuyển đơn vị",
    "finish": "Có kết quả", "return": "Trả kết quả", "withdraw": "Rút hồ sơ", "discontinue": "Dừng giải quyết",
}  # fmt: skip
_CHANNELS = {"counter": "Trực tiếp", "online": "Trực tuyến", "postal": "Bưu chính"}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "action": _WORDS,
    "channel": _CHANNELS,
    "return_method": _CHANNELS,
    "how": _CHANNELS,
    "outcome": {"granted": "Giải quyết", "refused": "Từ chối"},
}
_FORM_WORDS = {form: words for words, form in PAPER_FORMS.items()}
# Fields of the dossier: name and header.
_FIELDS = {
    "code": "Mã hồ sơ", "procedure": "Mã thủ tục", "receiving_unit": "Đơn vị tiếp nhận", "channel": "Hình thức nộp",
    "return_method": "Hình thức trả", "summary": "Trích yếu", "fee": "Lệ phí", "fee_method": "Cách nộp phí",
    "documents": "Thành phần hồ sơ", "applicant.kind": "Loại đối tượng", "applicant.name": "Người nộp",
    "applicant.phone": "Điện thoại", "applicant.address": "Địa chỉ", "applicant.identity_number": "Số giấy tờ",
    "applicant.commune": "Mã xã",
}  # fmt: skip
_ENCODINGS: Mapping[str, Callable[[str], bytes]] = {
    "csv-utf-8": lambda text: text.encode(),
    "csv-windows-1258": in_windows_1258,
    "csv-tcvn3": lambda text: in_tcvn3(text).encode("cp1252"),
}
_EXTERNAL = "Số biên nhận"
_DAY_ONLY_EVERY = 10


def register_of(lines: Iterable[Line]) -> list[Line]:
    """The lines as a register has them: the end of each tenth has only its day.

    TCVN3 has no capitals with tones. So no form has them in texts and in names of businesses. Names of people have
    them, and get them back.
    """
    return [_with_day_only(_without_capitals(line), number) for number, line in enumerate(lines)]


def _without_capitals(line: Line) -> Line:
    small = {**line, "summary": _in_small(line["summary"])}
    if line["applicant"]["kind"] == "person":
        return small
    applicant = {**line["applicant"], "name": _in_small(line["applicant"]["name"])}
    events = [
        {**event, "received_by": _in_small(event["received_by"])} if "received_by" in event else event
        for event in line["events"]
    ]
    return {**small, "applicant": applicant, "events": events}


def _in_small(text: str) -> str:
    return re.sub(r"(?<= )[^\W\d_]", lambda letter: _small(letter.group()), text)


def _small(letter: str) -> str:
    return letter.lower() if letter not in "ĂÂÊÔƠƯĐ" and not letter.isascii() else letter


def _with_day_only(line: Line, number: int) -> Line:
    if number % _DAY_ONLY_EVERY:
        return line
    *before, last = line["events"]
    day = datetime.fromisoformat(last["at"]).astimezone(TZ)
    return {**line, "events": [*before, {**last, "at": f"{day:%Y-%m-%d}"}]}


def write(form: str, lines: Sequence[Line], folder: Path) -> tuple[Path, Path | None]:
    """Writes the register in a form. Returns the file and its mapping."""
    if form == "ndjson":
        path = folder / "register.ndjson"
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        return path, None
    table = _Table(lines)
    mapping = folder / f"{form}.toml"
    mapping.write_text(table.mapping(), encoding="utf-8")
    return (table.save_xlsx(folder) if form == "xlsx" else table.save_csv(folder, form)), mapping


class _Table:
    """The register as a table: a row a dossier, with the columns of each step."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        longest = max(len(line["events"]) for line in lines)
        self._steps = [
            sorted({name for line in lines for event in line["events"][step : step + 1] for name in event})
            for step in range(longest)
        ]
        self._headers = [_EXTERNAL, *_FIELDS.values()]
        for step, names in enumerate(self._steps, start=1):
            self._headers += [f"Bước {step}: {name}" for name in names]

    def rows(self, moment: Callable[[datetime, bool], Any]) -> Iterator[list[Any]]:
        """The rows. `moment` writes a time, and a day alone."""
        for line in self._lines:
            row = [line["external"][0]["code"], *(_cell(name, _member(line, name)) for name in _FIELDS)]
            for step, names in enumerate(self._steps):
                event = line["events"][step] if step < len(line["events"]) else {}
                row += [_moment(event, moment) if name == "at" else _cell(name, event.get(name)) for name in names]
            yield row

    def save_csv(self, folder: Path, form: str) -> Path:
        """Writes a CSV in the encoding of the form."""
        encode = _ENCODINGS[form]
        path = folder / f"{form}.csv"
        with path.open("wb") as file:
            writer = csv.writer(_Encoded(file.write, encode))
            writer.writerow(self._headers)
            writer.writerows(self.rows(lambda at, day: f"{at:%d/%m/%Y}" if day else f"{at:%d/%m/%Y %H:%M:%S}"))
        return path

    def save_xlsx(self, folder: Path) -> Path:
        """Writes a workbook with dates of Excel."""
        path = folder / "register.xlsx"
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": False})
        sheet = book.add_worksheet("Sổ 2021")
        time, day = (book.add_format({"num_format": form}) for form in ("dd/mm/yyyy hh:mm:ss", "dd/mm/yyyy"))
        sheet.write_row(0, 0, self._headers)
        for number, row in enumerate(self.rows(lambda at, is_day: (at, day if is_day else time)), start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, tuple):
                    sheet.write_datetime(number, column, cell[0].replace(tzinfo=None), cell[1])
                elif cell is not None:
                    sheet.write(number, column, cell)
        book.close()
        return path

    def mapping(self) -> str:
        """The mapping of the table."""
        parts = ["[fields]", *(f'{name} = "{header}"' for name, header in _FIELDS.items())]
        parts += ["[[external]]", 'system = "mcdt"', f'code = "{_EXTERNAL}"']
        values = [(header, _VALUES[name]) for name, header in _FIELDS.items() if name in _VALUES]
        for step, names in enumerate(self._steps, start=1):
            parts.append("[[events]]")
            for name in names:
                header = f"Bước {step}: {name}"
                parts.append(f'{"action_column" if name == "action" else name} = "{header}"')
                values += [(header, _VALUES[name])] if name in _VALUES else []
        for header, words in values:
            parts += [f'[values."{header}"]', *(f'"{word}" = "{code}"' for code, word in words.items())]
        return "\n".join([*parts, ""])


class _Encoded:
    """A file of text for the CSV writer, which encodes each row."""

    def __init__(self, write_bytes: Callable[[bytes], Any], encode: Callable[[str], bytes]) -> None:
        self._write, self._encode = write_bytes, encode

    def write(self, text: str) -> None:
        """Write a row."""
        self._write(self._encode(text))


def _member(line: Line, dotted: str) -> Any:
    value: Any = line
    for name in dotted.split("."):
        value = value.get(name)
    return value


def _cell(name: str, value: Any) -> Any:
    if name == "documents":
        return "; ".join(f"{each['name']} ({each['copies']} {_FORM_WORDS[each['form']]})" for each in value or ())
    return _VALUES[name].get(value, value) if name in _VALUES else value


def _moment(event: Line, written: Callable[[datetime, bool], Any]) -> Any:
    at = event.get("at")
    if at is None:
        return None
    is_day = len(at) == len("2021-08-16")
    moment = datetime.fromisoformat(at)
    return written(moment if is_day else moment.astimezone(TZ), is_day)
