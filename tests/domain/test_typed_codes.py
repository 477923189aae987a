"""A pasted text leads to the one dossier code in it, and to none if it can be read in two ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import parse_code
from app.domain.errors import Invalid
from app.domain.typed_codes import code_in

CODE = "000.00.44.H17-261125-0034"
TOP_DOWN = "H47.15.03-261130-0007"
CENTRAL = "H47.123.05-261130-010001"


@pytest.mark.parametrize("code", [CODE, TOP_DOWN, CENTRAL])
@pytest.mark.parametrize(
    "text",
    [
        "Mã hồ sơ: {}",
        "Mã hồ sơ {}",
        "mã số hồ sơ:{}.",
        "{}.",
        '"{}"',
        "“{}”",
        "({}),",
        "Hồ sơ số {} ngày 25/11/2026",
        "Xã Trà My đã tiếp nhận hồ sơ {}. Ngày hẹn trả kết quả: 30/11/2026.",
        "https://motcua.danang.gov.vn/d/{}",
        "Tra cứu: https://motcua.danang.gov.vn/d/{}.",
        "motcua.danang.gov.vn/d?code={}&lang=en",
        "motcua.danang.gov.vn/d?code=M%C3%A3%20{}%2E",
        "http://localhost:8000/api/v1/lookup/{}/deadline",
        "{0} ({0})",
    ],
)
def test_the_code_is_read_out_of_what_people_paste(text: str, code: str) -> None:
    assert code_in(text.format(code)) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("OOO.OO.44.H17-261125-OO34", CODE),
        ("ooo.oo.44.h17-261125-oo34", CODE),
        ("OOO.OO.44.HI7-26II25-0034", CODE),
        ("000.00.44.Hl7-261125-0034", CODE),
        ("Mã hồ sơ: OOO.OO.44.H17 - 261125 - OO34.", CODE),
        ("000.00.44.H17-261125-34", CODE),
        ("000.00.44.H17-261125-00034", CODE),
        ("0.0.44.H17-261125-34", CODE),
        ("0.00.44.H17-261125-0034", CODE),
        ("000.00.1.H5-261125-1", "000.00.01.H05-261125-0001"),
        ("H47.15.O3-26113O-7", TOP_DOWN),
    ],
)
def test_letters_for_digits_and_lost_zeros_are_restored(text: str, code: str) -> None:
    assert code_in(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mã hồ sơ:",
        f"{CODE} và {TOP_DOWN}",
        "000.00.44.H17-261125-34, 000.00.44.H17-261125-35",
        "000.00.44.H17-261325-0034",
        "000.00.44.H17-261125-0000",
        "H47.15.3-261130-0007x",
        "261125-0034",
        "0034",
    ],
)
def test_a_text_without_one_code_leads_to_none(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        code_in(text)
    assert refusal.value.code == "code_invalid"


@given(st.text(max_size=200))
def test_any_text_gives_a_code_or_a_refusal(text: str) -> None:
    try:
        code = code_in(text)
    except Invalid:
        return
    assert str(parse_code(code)) == code
