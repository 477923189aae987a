"""Sentences about cells and fields of an import file: what is wrong, and what would be right, in both languages."""

from collections.abc import Mapping, Sequence

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

# The same for refusals of the rules and of the interface, by their codes.
ADVICE: Mapping[str, Title] = {
    "already_there": Title(
        "Hồ sơ đã ở đơn vị “{value}”; kiểm tra đơn vị nhận của bước chuyển.",
        "The dossier is at {value!r} already; check the unit of this step."),
    "at_needed": Title(
        "Bước này thiếu ngày; ghi ngày thực hiện.",
        "This step has no date; write the day on which it happened."),
    "before_last_event": Title(
        "“{value}” trước ngày của bước liền trước; kiểm tra lại hai ngày.",
        "{value!r} is before the date of the step before; check both dates."),
    "code_invalid": Title(
        "“{value}” không phải mã hồ sơ của ngày tiếp nhận. Nếu là số của sổ cũ, khai cột này ở [[external]].",
        "{value!r} is no dossier code of the day of receipt. A number of the old register belongs into [[external]]."),
    "code_needed": Title(
        "Dòng này không có mã hoặc số hồ sơ; ghi số của sổ cũ.",
        "This row has no code; write the number of the old register."),
    "dossiers_differ": Title(
        "Các mã trên dòng này thuộc nhiều hồ sơ khác nhau; tách thành từng dòng.",
        "The codes of this row belong to different dossiers; write a row for each."),
    "history_differs": Title(
        "Mã này đã có ở một hồ sơ khác nội dung; kiểm tra số bị trùng hoặc dòng bị lặp.",
        "A dossier with this code is here and differs; check for a number used twice or a row that was repeated."),
    "in_the_future": Title(
        "“{value}” là thời điểm chưa đến; kiểm tra ngày, tháng, năm.",
        "{value!r} has not come yet; check day, month and year."),
    "not_possible": Title(
        "Bước này không thể có sau bước liền trước; kiểm tra thứ tự và ngày của các bước.",
        "This step cannot follow the step before; check the order and the dates of the steps."),
    "not_a_date": Title(
        "“{value}” không phải ngày; ghi như 16/08/2021.",
        "{value!r} is no date; write it like 16/08/2021."),
    "procedure_not_in_force": Title(
        "Thủ tục “{value}” không có hiệu lực vào ngày tiếp nhận; kiểm tra ngày và mã thủ tục.",
        "The procedure {value!r} was not in force on the day of receipt; check the day and the code."),
    "promise_on_day_off": Title(
        "“{value}” là ngày nghỉ; ghi ngày hẹn là ngày làm việc.",
        "{value!r} is a day off; a promised date is a working day."),
    "refusal_reason_missing": Title(
        "Từ chối giải quyết thì phải có lý do; ghi lý do vào ô này.",
        "A refusal needs its reason; write it into this cell."),
    "required": Title(
        "Thiếu giá trị; ghi nội dung dùng được vào ô này.",
        "A value is missing; write one that counts into this cell."),
    "suspended": Title(
        "Hồ sơ đang tạm dừng ở ngày này; ghi ngày bổ sung hoặc tiếp tục trước bước này.",
        "The dossier is suspended on this day; write the end of the suspension before this step."),
    "too_long": Title(
        "Ô này quá dài; rút gọn, hoặc chuyển phần thừa sang cột ghi chú.",
        "This cell is too long; shorten it, or move a part into the column of notes."),
    "unit_not_valid": Title(
        "Đơn vị “{value}” không có vào ngày này (đã sáp nhập hoặc chưa lập); ghi mã đơn vị lúc đó.",
        "The unit {value!r} did not exist on this day; write the code of that time."),
    "unknown_procedure": Title(
        "Không có thủ tục “{value}”. {right}",
        "There is no procedure {value!r}. {right}"),
    "unknown_unit": Title(
        "Không có đơn vị “{value}”. {right}",
        "There is no unit {value!r}. {right}"),
}  # fmt: skip

_LONGEST_VALUE = 80


def refusal(code: str, pointer: str, value: object = "", right: object = "") -> Invalid:
    """The refusal of a cell or a field, with the error of the field in English and the sentence in Vietnamese."""
    title = _filled(SENTENCES[code], value, right)
    return Invalid("invalid", "The line is invalid.", errors=[field_error(pointer, code, title.en)], vi=[title.vi])


def joined(refusals: Sequence[Invalid]) -> Invalid:
    """One refusal with the errors of all."""
    first, *others = refusals
    if not others:
        return first
    errors = [error for each in refusals for error in each.extra["errors"]]
    return Invalid(first.code, first.detail, errors=errors, vi=[text for each in refusals for text in each.extra["vi"]])


def sentence(code: str, detail: str, value: object = "", right: object = "") -> Title:
    """The advice about a refusal by the rules or the interface; without advice its text and its detail."""
    if code in ADVICE:
        return _filled(ADVICE[code], value, right)
    return Title(text_of(code, "vi"), " ".join(filter(None, [detail, str(right)])))


def _filled(title: Title, value: object, right: object) -> Title:
    shown = str(value) if len(str(value)) <= _LONGEST_VALUE else f"{str(value)[:_LONGEST_VALUE]}…"
    return Title(*(text.format(value=shown, right=right).strip() for text in title))
