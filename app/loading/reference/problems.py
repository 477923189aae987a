"""Problems of a workbook: each with its cell, a stable code, and a sentence in Vietnamese and English."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from pydantic import ValidationError

from app.domain.errors import Conflict, DomainError, Invalid, NotFound
from app.http.field_errors import field_error, of_pydantic, text_of
from app.http.messages import Title
from app.loading.cells.sentences import sentence

# The place of a JSON pointer into a body that was made of a row.
PlaceOf = Callable[[str], "Place"]

# So that a wrong file of any length gets an answer of a fair length.
MOST = 1000

SENTENCES: Mapping[str, Title] = {
    "column_missing": Title("Thiếu cột “{value}”.", "The column {value!r} is missing."),
    "column_twice": Title("Cột “{value}” có hai lần.", "The column {value!r} is there twice."),
    "column_unknown": Title(
        "Không có cột “{value}”; các cột: {right}. Cột ghi chú bắt đầu bằng #.",
        "There is no column {value!r}; the columns are: {right}. A column of remarks begins with #.",
    ),
    "file_too_large": Title(
        "Tệp quá lớn khi giải nén, hoặc sheet có hơn {right} dòng.",
        "The file is too large when it is unpacked, or a sheet has more than {right} rows.",
    ),
    "law_needs_version": Title(
        "“{value}” là quy định: thêm dòng phiên bản với “Hiệu lực từ” mới; không sửa phiên bản đã có ({right}).",
        "{value!r} is law: add a row with another first day; a version that exists ({right}) does not change.",
    ),
    "limit_unclear": Title(
        "“{value}” không phải thời hạn; ghi như 3 ngày làm việc, 15 ngày, 8 giờ làm việc, 2 tháng, trong ngày.",
        "{value!r} is no limit; write 3 ngày làm việc, 15 ngày, 8 giờ làm việc, 2 tháng or trong ngày.",
    ),
    "limit_without_unit": Title(
        "“{value}” chưa có đơn vị; theo văn bản quy định, ghi như {right} ngày làm việc hoặc {right} ngày.",
        "{value!r} has no unit: decide it by the law, and write {right} ngày làm việc or {right} ngày.",
    ),
    "not_changeable": Title(
        "“{value}” không thay đổi được ở đây (đang là {right}).", "{value!r} cannot change here (it is {right})."
    ),
    "not_a_word": Title("“{value}” không có trong lựa chọn: {right}.", "{value!r} is none of the choices: {right}."),
    "person_is_yourself": Title(
        "Ông/Bà không tự thay đổi tài khoản hoặc vai trò của mình.", "Nobody changes their own account or roles."
    ),
    "row_twice": Title("Trùng với dòng {right}.", "The same as row {right}."),
    "sheet_hidden": Title("Sheet đang ẩn; bỏ ẩn hoặc xóa.", "The sheet is hidden: show or remove it."),
    "sheet_unknown": Title("Không có sheet này; các sheet: {right}.", "There is no such sheet; the sheets: {right}."),
    "sheets_missing": Title("Tệp không có sheet nào dùng được; các sheet: {right}.", "No sheet is known: {right}."),
    "sessions_unclear": Title(
        "“{value}” không phải giờ làm việc; ghi như T2–T6 07:00–11:30, 13:30–17:00.",
        "{value!r} are no opening hours; write them like T2–T6 07:00–11:30, 13:30–17:00.",
    ),
    "succession_needed": Title(
        "Đơn vị đã có hồ sơ được kế tục bằng thao tác sáp nhập, không bằng tệp này.",
        "A unit that exists is succeeded by its own operation, POST /units/{{unit_id}}/succeed, and not by a workbook.",
    ),
    "time_in_day": Title("“{value}” có giờ; chỉ ghi ngày.", "{value!r} has a time; write the day alone."),
    "version_needed": Title(
        "Thủ tục này không có phiên bản từ ngày ghi ở đây.", "The procedure has no version from this day."
    ),
}


class Place(NamedTuple):
    """A cell, or a row or a sheet if the others are None. `shown` is the place as people name it."""

    shown: str
    sheet: str
    row: int | None = None
    column: str | None = None


class CellProblem(NamedTuple):
    """A place with its error."""

    place: Place
    code: str
    text: Title


class Wrong(Exception):
    """A cell that cannot be used."""

    def __init__(self, code: str, text: Title) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


def wrong(code: str, value: object = "", right: object = "") -> Wrong:
    """The refusal of a cell with a sentence of SENTENCES."""
    shown = str(value)[:80]
    title = SENTENCES[code]
    return Wrong(code, Title(title.vi.format(value=shown, right=right), title.en.format(value=shown, right=right)))


class Problems(list[CellProblem]):
    """The problems of one workbook, in the order in which they were noticed."""

    def add(self, place: Place, refusal: Wrong) -> None:
        """Adds the refusal of a cell."""
        if len(self) < MOST:
            self.append(CellProblem(place, refusal.code, refusal.text))

    @contextmanager
    def noticed(self, place_of: PlaceOf) -> Iterator[None]:
        """Adds refusals of the block; `place_of` gives the place of a pointer into a body."""
        try:
            yield
        except Wrong as refusal:
            self.add(place_of(""), refusal)
        except ValidationError as error:
            for part in error.errors():
                pointer = "".join(f"/{name}" for name in part["loc"])
                self._add_field(place_of, of_pydantic(pointer, part), part.get("input"))
        except (Invalid, Conflict, NotFound) as refusal:
            self.add(place_of(refusal.extra.get("pointer", "")), of_refusal(refusal))

    def _add_field(self, place_of: PlaceOf, error: Mapping[str, str], value: Any) -> None:
        text = sentence(error["code"], error["detail"], "" if isinstance(value, dict | list) else value)
        self.add(place_of(error["pointer"]), Wrong(error["code"], text))


def of_refusal(refusal: DomainError, value: object = "") -> Wrong:
    """The refusal of a cell from one of the rules, or from one of cells of tables."""
    for error, vi in zip(refusal.extra.get("errors", ()), refusal.extra.get("vi", ()), strict=False):
        return Wrong(error["code"], Title(vi, error["detail"]))
    if value == "":
        return Wrong(refusal.code, Title(text_of(refusal.code, "vi"), refusal.detail))
    return Wrong(refusal.code, sentence(refusal.code, refusal.detail, value))


class WorkbookRefused(Invalid):
    """A workbook with wrong cells, all in `problems`."""

    def __init__(self, problems: Problems) -> None:
        errors = [field_error(f"/{problem.place.shown}", problem.code, problem.text.en) for problem in problems]
        cells = [
            {
                "place": problem.place.shown,
                "sheet": problem.place.sheet,
                "row": problem.place.row,
                "column": problem.place.column,
                "code": problem.code,
                "vi": problem.text.vi,
                "en": problem.text.en,
            }
            for problem in problems
        ]
        count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        detail = f"The workbook has {count}; nothing was changed."
        super().__init__("workbook_refused", detail, errors=errors, cells=cells)
        self.problems = problems
