"""Writes a drafted mapping as TOML with remarks in Vietnamese and English."""

import json
from collections.abc import Iterator

from app.loading.proposals.contents import MOST_VALUES
from app.loading.proposals.drafting import Draft, DraftColumn
from app.loading.proposals.spellings import EXTERNAL, NUMBER_OF_ROW, STATUS
from app.loading.tables.columns import letter_of
from app.loading.tables.fields import ACTIONS
from app.loading.tables.mapping import TO_FILL

_FIELDS_NEEDED = {
    "procedure": "điền mã thủ tục, hoặc tên cột / the code of the procedure, or a column",
    "receiving_unit": "điền mã đơn vị tiếp nhận / the code of the receiving unit",
    "applicant.name": "điền tên cột có họ tên / the column with the names",
}


def mapping_text(draft: Draft) -> str:
    """The mapping as TOML."""
    return "\n".join(
        [*_head(draft), *_fields(draft), *_external(draft), *_events(draft), *_values(draft), *_unused(draft), ""]
    )


def _head(draft: Draft) -> Iterator[str]:
    name = draft.path.name
    yield f"# Bản nháp ánh xạ cho {_quoted(name)}. Kiểm tra từng dòng, rồi nhập thử với --dry-run."
    yield f"# A draft for {_quoted(name)}. Check each line, then try it with --dry-run."
    yield ""
    yield "[file]"
    if draft.sheets:
        yield f"sheets = {json.dumps(list(draft.sheets), ensure_ascii=False)}"
    yield f"header_rows = {list(draft.header_rows)}"
    if draft.encoding:
        yield f"encoding = {_quoted(draft.encoding)}"
    yield ""
    yield "[dates]"
    yield 'time_zone = "+07:00"'
    yield 'hour = "08:00"  # giờ của ngày không ghi giờ / the hour of dates alone'
    yield from _date_forms(draft)
    yield ""


def _date_forms(draft: Draft) -> Iterator[str]:
    counts = [column.contents.dates for column in draft.dates]
    if any(count["text month first"] > count["text day first"] for count in counts):
        yield 'first = "month"  # tháng ghi trước ngày: kiểm tra lại / the month comes first: check'
    if any(count["short"] for count in counts):
        yield "two_digits_from = 1970  # năm hai chữ số: 70 là 1970, 69 là 2069 / years of two digits: check"
    swapped = [_reference(draft, column) for column in draft.dates if column.contents.is_swapped]
    if swapped:
        yield "# Excel có vẻ đã đổi chỗ ngày và tháng ở các cột này; mở tệp so với bản giấy trước khi dùng."
        yield "# Excel seems to have exchanged day and month in these columns; compare with paper before use."
        yield f"swapped = {json.dumps(swapped, ensure_ascii=False)}"


def _fields(draft: Draft) -> Iterator[str]:
    yield "[fields]"
    for column in draft.columns:
        target = column.target
        if target and target not in (EXTERNAL, NUMBER_OF_ROW, STATUS) and target.split(".")[0] not in ACTIONS:
            yield f"{target} = {_quoted(_reference(draft, column))}{_remark(column)}"
    for target, advice in _FIELDS_NEEDED.items():
        if draft.column(target) is None:
            yield f"{target} = {{ value = {_quoted(TO_FILL)} }}  # {advice}"
    yield ""


def _external(draft: Draft) -> Iterator[str]:
    column = draft.column(EXTERNAL)
    if column is None and draft.column("code") is not None:
        return
    yield "[[external]]"
    yield f"system = {_quoted(draft.path.stem[:100])}  # tên sổ cũ / the name of the old register"
    if column is None:
        yield f"code = {_quoted(TO_FILL)}  # cột có số hồ sơ / the column with the code"
    else:
        yield f"code = {_quoted(_reference(draft, column))}{_remark(column)}"
    yield ""


def _events(draft: Draft) -> Iterator[str]:
    actions = ["receive", *(action for action in ACTIONS if action not in ("receive", "submit"))]
    for action in actions:
        columns = {
            column.target.split(".", 1)[1]: column
            for column in draft.columns
            if column.target and column.target.split(".")[0] == action
        }
        if action == "receive" or "at" in columns:
            yield from _event(draft, action, columns)


def _event(draft: Draft, action: str, columns: dict[str, DraftColumn]) -> Iterator[str]:
    yield "[[events]]"
    yield f"action = {_quoted(action)}"
    at, clock = columns.pop("at", None), columns.pop("time", None)
    if at is None:
        yield f"at = {_quoted(TO_FILL)}  # cột có ngày tiếp nhận / the column with the day of receipt"
    else:
        references = [_reference(draft, column) for column in (at, clock) if column]
        shown = _quoted(references[0]) if clock is None else json.dumps(references, ensure_ascii=False)
        yield f"at = {shown}{_remark(at)}"
    for name, column in columns.items():
        yield f"{name} = {_quoted(_reference(draft, column))}{_remark(column)}"
    if action == "finish" and "outcome" not in columns:
        yield 'outcome = { value = "granted" }  # sổ không ghi kết quả: kiểm tra / no column of results: check'
    status = draft.column(STATUS)
    if status is not None and action in ("finish", "return"):
        yield f"# when = {{ {_quoted(_reference(draft, status))} = [] }}  # chỉ khi có tình trạng này / only with these"
    yield ""


def _values(draft: Draft) -> Iterator[str]:
    for column in draft.columns:
        values = draft.values.get(column.index, [])
        if not values:
            continue
        yield f"[values.{_quoted(_reference(draft, column))}]"
        for value in values[:MOST_VALUES]:
            name = f" {_one_line(value.name)}" if value.name else ""
            if value.code is None:
                yield f"# {_quoted(value.text)} = {_quoted(TO_FILL)}  # điền mã / write the code"
            elif value.is_sure:
                yield f"{_quoted(value.text)} = {_quoted(value.code)}{f'  #{name}' if name else ''}"
            else:
                yield f"{_quoted(value.text)} = {_quoted(value.code)}  # kiểm tra / check:{name}"
        if len(values) > MOST_VALUES:
            yield "# … còn nữa / and more"
        yield ""


def _unused(draft: Draft) -> Iterator[str]:
    unused = [column for column in draft.columns if column.target in (None, NUMBER_OF_ROW, STATUS)]
    if unused:
        yield "# Cột chưa dùng / columns that are not used:"
        yield from (f"#   {letter_of(column.index)}  {_one_line(column.header)}" for column in unused)


def _reference(draft: Draft, column: DraftColumn) -> str:
    """The header of the column, or its letter if the header is blank or stands over several columns."""
    same = [each for each in draft.columns if each.header.casefold() == column.header.casefold()]
    return column.header if column.header and len(same) == 1 else f"[{letter_of(column.index)}]"


def _remark(column: DraftColumn) -> str:
    """The letter of the column. No cells: they have personal data."""
    guess = ", đoán theo nội dung: kiểm tra / guessed from its cells: check" if column.by_content else ""
    return f"  # {letter_of(column.index)}{guess}"


def _quoted(text: str) -> str:
    """A string of TOML, which JSON writes alike."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
