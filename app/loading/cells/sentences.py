"""Sentences about cells and fields of an import file: what is wrong, and what would be right, in both languages."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import Invalid
from app.http.field_errors import field_error, text_of
from app.http.messages import Title

# By the code of the fault. `{value}` is what the file has, `{right}` what would be right.
SENTENCES: Mapping[str, Title] = {
    "cell_of_excel": Title(
        "“{value}” là lỗi của Excel; mở bảng tính, sửa công thức hoặc nới cột rồi lưu lại.",
        "{value!r} is an error of Excel; repair the formula or widen the column, and save again."),
    "date_in_code": Title(
        "Excel đã đổi mã thành ngày “{value}”; định dạng cột là Text rồi nhập lại mã.",
        "Excel has turned a code into the date {value!r}; format the column as text and enter the code again."),
    "date_missing": Title(
        "Thiếu ngày; ghi ngày vào ô này, hoặc xóa nội dung các ô của bước này nếu chưa làm.",
        "The date is missing; fill this cell, or clear the other cells of this step if it has not happened."),
    "date_unclear": Title(
        "“{value}” không phải ngày; ghi như 16/08/2021 hoặc 16/08/2021 08:30.",
        "{value!r} is no date; write it like 16/08/2021 or 16/08/2021 08:30."),
    "digits_lost": Title(
        "“{value}” đã bị rút gọn, mất chữ số; định dạng cột là Text rồi lưu lại từ bản gốc.",
        "{value!r} was shortened and has lost digits; format the column as text and save again from the original."),
    "formula_uncalculated": Title(
        "Ô có công thức chưa được tính; mở bằng Excel, lưu lại rồi nhập.",
        "The formula of the cell was never calculated; open the file in Excel and save it again."),
    "letters_lost": Title(
        "“{value}” có chữ đã mất (? hoặc �); lấy lại từ bản gốc, không thể tự khôi phục.",
        "{value!r} has lost letters (? or U+FFFD); take the text from the original, it cannot be restored."),
    "letters_old": Title(
        "“{value}” là chữ {right}; nhập lại với --encoding {right}.",
        "{value!r} is in {right} letters; import with --encoding {right}."),
    "letters_twice": Title(
        "“{value}” là UTF-8 bị đọc nhầm bảng mã; xuất lại tệp và mở dưới dạng UTF-8.",
        "{value!r} is UTF-8 that was read in another encoding; export the file again and open it as UTF-8."),
    "month_first": Title(
        "“{value}” ghi tháng trước; ghi ngày trước, như {right}.",
        "{value!r} has the month first; write the day first, like {right}."),
    "no_such_day": Title(
        "Ngày “{value}” không có trong lịch; kiểm tra lại ngày và tháng.",
        "There is no day {value!r} in the calendar; check day and month."),
    "no_such_hour": Title(
        "“{value}” có giờ không tồn tại; giờ từ 00:00 đến 23:59.",
        "{value!r} has no possible hour; hours are from 00:00 to 23:59."),
    "number_unclear": Title(
        "“{value}” không phải số nguyên; ghi như 50000 hoặc 50.000 đ.",
        "{value!r} is no whole number; write it like 50000 or 50.000 đ."),
    "value_unmapped": Title(
        "“{value}” không có trong bảng giá trị của cột; sửa ô, hoặc thêm vào tệp ánh xạ. {right}",
        "{value!r} is not in the values of the column; change the cell, or add it to the mapping. {right}"),
    "year_short": Title(
        "“{value}” không ghi đủ năm; ghi năm bốn chữ số, như 16/08/2021.",
        "{value!r} has no full year; write four digits, like 16/08/2021."),
    "zone_missing": Title(
        "“{value}” không có múi giờ; nhập với --time-zone +07:00 nếu là giờ Việt Nam.",
        "{value!r} has no offset; import with --time-zone +07:00 if it is the time of Việt Nam."),
}  # fmt: skip

_LONGEST_VALUE = 80


def refusal(code: str, pointer: str, value: object = "", right: object = "") -> Invalid:
    """The refusal of a cell or a field, with the error of the field in English and the sentence in Vietnamese."""
    shown = str(value) if len(str(value)) <= _LONGEST_VALUE else f"{str(value)[:_LONGEST_VALUE]}…"
    title = SENTENCES[code]
    error = field_error(pointer, code, title.en.format(value=shown, right=right))
    return Invalid("invalid", "The line is invalid.", errors=[error], vi=title.vi.format(value=shown, right=right))


def vietnamese(code: str, extra: Mapping[str, Any]) -> str:
    """The sentence in Vietnamese: that of `refusal`, or the texts of the codes."""
    if "vi" in extra:
        return str(extra["vi"])
    codes = dict.fromkeys(error["code"] for error in extra.get("errors", ())) or [code]
    return " ".join(text_of(each, "vi") for each in codes)
