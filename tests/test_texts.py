"""Typed text: its validation, its stored form, and its form for search."""

import unicodedata

import pytest
from pydantic import BaseModel, ValidationError

from app.text_input import NAME_LENGTH, TEXT_LENGTH, Name, Text, fold


class Written(BaseModel):
    name: Name = "x"
    text: Text = "x"


def test_a_name_in_decomposed_unicode_is_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Hoà")
    assert decomposed != "Nguyễn Thị Hoà"
    assert Written(name=decomposed).name == "Nguyễn Thị Hoà"
    assert Written(text=decomposed).text == "Nguyễn Thị Hoà"


def test_spare_spaces_of_a_name_are_removed() -> None:
    assert Written(name="  Trà \u00a0 My ").name == "Trà My"


def test_a_text_keeps_its_lines_with_any_kind_of_line_break() -> None:
    assert Written(text=" một\r\nhai\n\tba ").text == "một\nhai\n\tba"


@pytest.mark.parametrize("field", ["name", "text"])
@pytest.mark.parametrize(
    "character",
    [
        pytest.param("\x00", id="NUL"),
        pytest.param("\x1b", id="escape"),
        pytest.param("\x7f", id="delete"),
        pytest.param("\x85", id="next line"),
        pytest.param("\u061c", id="Arabic letter mark"),
        pytest.param("\u200b", id="zero width space"),
        pytest.param("\u200e", id="left-to-right mark"),
        pytest.param("\u200f", id="right-to-left mark"),
        pytest.param("\u2028", id="line separator"),
        pytest.param("\u202e", id="right-to-left override"),
        pytest.param("\u2067", id="right-to-left isolate"),
        pytest.param("\ufeff", id="byte order mark"),
        pytest.param("\ud800", id="half a surrogate pair"),
    ],
)
def test_an_invisible_character_is_refused(field: str, character: str) -> None:
    for written in (f"Trà{character}My", f"{character}Trà My", f"Trà My{character}"):
        with pytest.raises(ValidationError):
            Written.model_validate({field: written})


@pytest.mark.parametrize("written", ["a\nb", "a\tb", "a\rb"])
def test_a_name_is_one_line(written: str) -> None:
    with pytest.raises(ValidationError):
        Written(name=written)


@pytest.mark.parametrize("empty", ["", " ", "\u00a0"])
def test_an_empty_text_is_refused(empty: str) -> None:
    for field in ("name", "text"):
        with pytest.raises(ValidationError):
            Written.model_validate({field: empty})


def test_a_too_long_text_is_refused() -> None:
    assert len(Written(name="à" * NAME_LENGTH, text="à" * TEXT_LENGTH).name) == NAME_LENGTH
    for field, length in (("name", NAME_LENGTH), ("text", TEXT_LENGTH)):
        with pytest.raises(ValidationError):
            Written.model_validate({field: "à" * (length + 1)})


@pytest.mark.parametrize("value", [7, True, None, ["a"]])
def test_only_a_string_is_a_name(value: object) -> None:
    with pytest.raises(ValidationError):
        Written.model_validate({"name": value})


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Đặng Thị Ẩn", "dang thi an"),
        ("ĐƯỜNG", "duong"),
        ("Nguyễn  Văn\nÝ", "nguyen van y"),
        ("đăng ký giám hộ", "dang ky giam ho"),
        ("1.004837", "1.004837"),
    ],
)
def test_folding_drops_accents_case_and_spare_spaces(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(unicodedata.normalize("NFD", written)) == folded
    assert fold(folded) == folded
