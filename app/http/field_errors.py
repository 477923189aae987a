"""Errors of single fields of the input: a stable code for each, with its text in Vietnamese and English."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from app.http.messages import TITLES, Title, title

# So that wrong input of any length gets an answer of a fair length.
_LONGEST = 1000

# Codes that only fields have. Fields have the codes of problems too (app/http/messages.py).
TEXTS: Mapping[str, Title] = {
    "blank": Title("Mục này không được để trống.", "This must not be blank."),
    "citizen_number_digits": Title(
        "Số căn cước, số định danh cá nhân có đúng 12 chữ số.", "The number of a citizen has exactly 12 digits."
    ),
    "invalid": Title("Giá trị này không hợp lệ.", "This value is not valid."),
    "masked_number": Title(
        "Số này đã được che bớt. Vui lòng để nguyên mục này, hoặc nhập đầy đủ số mới.",
        "This number is masked. Leave the field as it was, or enter a complete new number.",
    ),
    "not_a_choice": Title("Lựa chọn này không có trong danh sách.", "This is not one of the choices."),
    "not_a_date": Title(
        "Ngày không hợp lệ. Ngày được viết như 2021-08-16.", "This is not a date. A date is written like 2021-08-16."
    ),
    "not_a_number": Title("Mục này phải là số.", "This must be a number."),
    "not_a_text": Title("Mục này phải là chữ.", "This must be text."),
    "not_a_time": Title(
        "Thời điểm không hợp lệ. Thời điểm được viết như 2021-08-16T08:30.",
        "This is not a time. A time is written like 2021-08-16T08:30.",
    ),
    "not_true_or_false": Title("Mục này chỉ nhận có hoặc không.", "This must be true or false."),
    "not_well_formed": Title("Mục này không đúng định dạng.", "This does not have the right form."),
    "old_number_digits": Title(
        "Số chứng minh nhân dân (cũ) có đúng 9 chữ số.", "The number of an old identity card has exactly 9 digits."
    ),
    "passport_number_form": Title(
        "Số hộ chiếu có 6 đến 9 chữ cái không dấu và chữ số.",
        "The number of a passport has 6 to 9 letters and digits.",
    ),
    "receipt_number_invalid": Title(
        "Số biên lai gồm tối đa 40 chữ, số, khoảng trắng và dấu . / - _, có ít nhất một chữ số.",
        "A receipt number has at most 40 letters, digits, spaces and . / - _, with a digit among them.",
    ),
    "refusal_reason_missing": Title("Từ chối giải quyết thì phải nêu lý do.", "A refusal needs its reason."),
    "required": Title("Mục này bắt buộc.", "This is required."),
    "tax_code_check_digit": Title(
        "Mã số thuế sai chữ số kiểm tra: có chữ số bị gõ nhầm hoặc đảo chỗ.",
        "The check digit of the tax code is wrong: a digit is mistyped, or two digits changed places.",
    ),
    "tax_code_digits": Title(
        "Mã số thuế có 10 chữ số, chi nhánh thêm 3 chữ số, cá nhân có 12 chữ số.",
        "A tax code has 10 digits, that of a branch 3 more, that of a person 12.",
    ),
    "too_few": Title("Danh sách còn thiếu mục.", "The list has too few items."),
    "too_large": Title("Giá trị này quá lớn.", "This value is too large."),
    "too_long": Title("Nội dung này quá dài.", "This text is too long."),
    "too_many": Title("Danh sách có quá nhiều mục.", "The list has too many items."),
    "too_small": Title("Giá trị này quá nhỏ.", "This value is too small."),
    "unknown_member": Title("Không có mục này.", "There is no such field."),
    "wrong_structure": Title("Cấu trúc dữ liệu không đúng.", "The data has the wrong structure."),
    "year_out_of_range": Title("Năm nằm ngoài phạm vi cho phép.", "The year is out of range."),
}

# By the types of pydantic's own errors.
OF_PYDANTIC: Mapping[str, str] = {
    "bool_parsing": "not_true_or_false",
    "bool_type": "not_true_or_false",
    "date_from_datetime_parsing": "not_a_date",
    "date_parsing": "not_a_date",
    "date_type": "not_a_date",
    "decimal_max_digits": "too_large",
    "decimal_max_places": "not_well_formed",
    "decimal_parsing": "not_a_number",
    "decimal_type": "not_a_number",
    "decimal_whole_digits": "too_large",
    "dict_type": "wrong_structure",
    "enum": "not_a_choice",
    "extra_forbidden": "unknown_member",
    "finite_number": "not_a_number",
    "float_parsing": "not_a_number",
    "float_type": "not_a_number",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "int_from_float": "not_a_number",
    "int_parsing": "not_a_number",
    "int_parsing_size": "too_large",
    "int_type": "not_a_number",
    "less_than": "too_large",
    "less_than_equal": "too_large",
    "list_type": "wrong_structure",
    "literal_error": "not_a_choice",
    "missing": "required",
    "model_attributes_type": "wrong_structure",
    "model_type": "wrong_structure",
    "string_pattern_mismatch": "not_well_formed",
    "string_too_long": "too_long",
    "string_too_short": "blank",
    "string_type": "not_a_text",
    "string_unicode": "not_a_text",
    "too_long": "too_many",
    "too_short": "too_few",
    "tuple_type": "wrong_structure",
}


class FieldError(BaseModel):
    """One error of the input."""

    pointer: str = Field(
        description="JSON pointer into the body, or `/name` of a parameter", examples=["/applicant/name"]
    )
    code: str = Field(description="stable code for programs", examples=["required"])
    detail: str = Field(description="the error in English", examples=["Field required"])
    in_: str | None = Field(None, alias="in", description="`query`, `path` or `header`; absent for the body")


def field_error(pointer: str, code: str, detail: str) -> dict[str, str]:
    """The error as a member of `errors` in problem+json."""
    return {"pointer": pointer[:_LONGEST], "code": code, "detail": detail[:_LONGEST]}


def of_pydantic(pointer: str, error: Mapping[str, Any]) -> dict[str, str]:
    """The same for one of pydantic's `errors()`. Our own validators raise codes of TEXTS or TITLES there."""
    kind = str(error["type"])
    own = kind if kind in TEXTS or kind in TITLES else "invalid"
    return field_error(pointer, OF_PYDANTIC.get(kind, own), str(error["msg"]))


def text_of(code: str, language: str) -> str:
    """The text of a field's error in "vi" or "en"."""
    text = TEXTS.get(code)
    if text is None:
        return title(code, language)
    return text.en if language == "en" else text.vi
