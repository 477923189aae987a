"""Codes are made, read, and recognised however they were typed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import AgencyIdentifier, dossier_code, normalise_code, parse_code, unit_in_front
from app.domain.errors import Invalid
from tests.support.strategies import THOROUGH

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2043"
CANONICAL = "000.00.15.H47-210816-0001"
agencies = st.sampled_from(["000.00.15.H47", "H47.15.03", "H47", "G22.99", "H47.15.03.001"])


@pytest.mark.parametrize("text", ["000.00.15.H47", "000.03.15.H47", "H47.15.03", "H47.15", "G22.99"])
def test_both_forms_of_agency_identifier_are_valid(text: str) -> None:
    assert str(AgencyIdentifier(text)) == text


@pytest.mark.parametrize("text", ["000.00.15.H47", "H47.15.03", "H47"])
def test_both_forms_name_their_province(text: str) -> None:
    assert AgencyIdentifier(text).province == "H47"


@pytest.mark.parametrize(
    "text", ["", "h47.15.03", "H47-15", "00.00.15.H47", "000.00.15", "15.H47", "H47.", "H4.15", "H47.15.03\n", "Đ47.15"]
)
def test_other_texts_are_no_agency_identifiers(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        AgencyIdentifier(text)
    assert refusal.value.code == "agency_identifier_invalid"


@pytest.mark.parametrize(("ordinal", "written"), [(1, "0001"), (9999, "9999"), (10000, "10000"), (99999, "99999")])
def test_an_ordinal_has_four_digits_and_five_past_9999(ordinal: int, written: str) -> None:
    code = dossier_code("H47.15.03", date(2021, 8, 16), ordinal)
    assert code == f"H47.15.03-210816-{written}"
    assert parse_code(code).ordinal == ordinal


@THOROUGH
@given(agencies, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999))
def test_a_code_is_read_as_it_was_made(agency: str, day: date, ordinal: int) -> None:
    parsed = parse_code(dossier_code(agency, day, ordinal))
    assert (str(parsed.agency), parsed.date, parsed.ordinal) == (agency, day, ordinal)


@pytest.mark.parametrize(
    ("day", "ordinal"),
    [
        (date(2021, 1, 1), 0),
        (date(2021, 1, 1), -1),
        (date(2021, 1, 1), 100_000),
        (date(1999, 1, 1), 1),
        (date(2100, 1, 1), 1),
    ],
)
def test_a_date_or_ordinal_that_does_not_fit_into_a_code_is_refused(day: date, ordinal: int) -> None:
    with pytest.raises(Invalid) as refusal:
        dossier_code("H47.15.03", day, ordinal)
    assert refusal.value.code == "code_invalid"


@pytest.mark.parametrize(
    ("text", "agency", "owner", "ordinal"),
    [
        ("H17.123.05-261130-010001", "H17.123.05", "01", 1),
        ("H17.123.05-261130-110001", "H17.123.05", "11", 1),
        ("H17.123-261130-9912345", "H17.123", "99", 12345),
        ("H17.123.05-261130-00001234567", None, None, None),
        ("H17.123.05-261130-010000", None, None, None),
        ("000.00.15.H47-261130-010001", "000.00.15.H47", "01", 1),
        ("H17.123.05-261130-12345", "H17.123.05", "", 12345),
    ],
)
def test_a_code_of_a_central_system_has_the_owners_digits_before_the_ordinal(
    text: str, agency: str | None, owner: str | None, ordinal: int | None
) -> None:
    """Circular 03/2025 art. 13.3: `MX1X2.Y1Y2Y3.Z1Z2-YYMMDD-AAXXXX`."""
    if agency is None:
        with pytest.raises(Invalid):
            parse_code(text)
    else:
        parsed = parse_code(normalise_code(f" {text.lower()} "))
        assert (str(parsed), str(parsed.agency), parsed.owner, parsed.ordinal) == (text, agency, owner, ordinal)


@pytest.mark.parametrize(
    ("responsible_from", "unit"),
    [
        (None, "receiving"),
        (date(2026, 12, 1), "receiving"),
        (date(2026, 11, 30), "responsible"),
        (date.min, "responsible"),
    ],
)
def test_the_identifier_in_front_changes_on_a_date(responsible_from: date | None, unit: str) -> None:
    front = unit_in_front(1, 2, date(2026, 11, 30), responsible_from)
    assert front == {"receiving": 1, "responsible": 2}[unit]


@pytest.mark.parametrize(
    "text",
    [
        "", "H47.15.03", "H47.15.03-210816", "H47.15.03-210816-1", "H47.15.03-210816-0000", "H47.15.03-210816-00001",
        "H47.15.03-211301-0001", "H47.15.03-210230-0001", "H47.15.03-210816-0001-1", "h47.15.03-210816-0001",
        "H47.15.03-210816-0001\n", "H47.15.03-210816-٠٠٠١", "x" * 100_000,
    ],
)  # fmt: skip
def test_other_texts_are_no_codes(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_code(text)
    assert refusal.value.code == "code_invalid"


@pytest.mark.parametrize("dash", DASHES, ids=lambda dash: f"U+{ord(dash):04X}")
def test_any_kind_of_dash_is_a_hyphen(dash: str) -> None:
    assert normalise_code(CANONICAL.replace("-", dash)) == CANONICAL


@pytest.mark.parametrize(
    "typed",
    [
        "000.00.15.h47-210816-0001",
        "  000.00.15.H47 - 210816 - 0001\r\n",
        "000.00.15.H47\u00a0-\u2009210816\u3000-\t0001",
        "\ufeff000.00.15.H47-\u200b210816-\u200e0001",
        "０００．００．１５．Ｈ４７－２１０８１６－０００１",
    ],
    ids=["lower case", "spaces", "other spaces", "invisible marks", "full width"],
)
def test_a_code_is_recognised_however_it_was_typed(typed: str) -> None:
    assert normalise_code(typed) == CANONICAL


@THOROUGH
@given(st.text(max_size=60))
def test_no_garbage_breaks_the_normalising(text: str) -> None:
    typed = normalise_code(text)
    assert not any(character.isspace() or character in DASHES[1:] for character in typed)
    with pytest.raises(Invalid):
        parse_code(f"{typed}/")


@THOROUGH
@given(agencies, st.lists(st.sampled_from([" ", "\u00a0", "\u200b", "\t"]), max_size=4), st.sampled_from(DASHES))
def test_normalising_twice_changes_nothing(agency: str, blanks: list[str], dash: str) -> None:
    code = dossier_code(agency, date(2021, 8, 16), 1)
    once = normalise_code("".join(blanks) + code.lower().replace("-", dash))
    assert once == normalise_code(once) == code


def test_a_lone_surrogate_and_a_null_are_only_garbage() -> None:
    assert normalise_code("\ud800h47\x00") == "\ud800H47"


def test_a_text_far_too_long_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        normalise_code("1" * 201)
    assert refusal.value.code == "code_invalid"
