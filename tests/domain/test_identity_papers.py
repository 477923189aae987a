"""Kinds of identity papers: the form of a number, the kind of a number without one, and what is odd (rules §18)."""

from datetime import date

import pytest

from app.domain.identity_papers import Paper, fault_of, kind_of, oddness_of

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("paper", "number", "fault"),
    [
        ("citizen", "049185001234", None),
        ("citizen", "049 185 001 234", None),
        ("citizen", "０４９１８５００１２３４", None),
        ("citizen", "04918500123", "citizen_number_digits"),
        ("citizen", "0491850012345", "citizen_number_digits"),
        ("citizen", "O49185001234", "citizen_number_digits"),
        ("citizen", "205123456", "citizen_number_digits"),
        ("old", "205123456", None),
        ("old", "205.123.456", None),
        ("old", "20512345", "old_number_digits"),
        ("passport", "B1234567", None),
        ("passport", "c 1234567", None),
        ("passport", "C12345", None),
        ("passport", "123456789", None),
        ("passport", "B12", "passport_number_form"),
        ("passport", "B123456789", "passport_number_form"),
        ("passport", "PASSPORT", "passport_number_form"),
        ("tax_code", "0100047516", None),
        ("tax_code", "0314409058-002", None),
        ("tax_code", "049185001234", None),
        ("tax_code", "0100047517", "tax_code_check_digit"),
        ("tax_code", "0100074516", "tax_code_check_digit"),
        ("tax_code", "0314409058-000", "tax_code_check_digit"),
        ("tax_code", "0000000000", "tax_code_check_digit"),
        ("tax_code", "010004751", "tax_code_digits"),
        ("other", "bất kỳ", None),
    ],
)
def test_length_and_digits_of_a_number_follow_from_its_kind(paper: str, number: str, fault: str | None) -> None:
    assert fault_of(Paper(paper), number) == fault


@pytest.mark.parametrize(
    ("number", "person", "business"),
    [
        ("049185001234", "citizen", "other"),
        ("205123456", "old", "other"),
        ("0100047516", "tax_code", "tax_code"),
        ("0314409058-002", "tax_code", "tax_code"),
        ("B1234567", "passport", "other"),
        ("33A8001234", "other", "other"),
        ("0100047517", "other", "other"),
        ("12345678", "other", "other"),
    ],
)
def test_the_kind_of_a_number_is_inferred(number: str, person: str, business: str) -> None:
    assert kind_of(number, of_person=True) == person
    assert kind_of(number, of_person=False) == business


@pytest.mark.parametrize(
    ("number", "paper", "of_person", "odd"),
    [
        ("049185001234", None, True, None),
        ("049185001234", "citizen", True, None),
        ("101185001234", "citizen", True, None),  # born abroad
        ("003185001234", "citizen", True, "identity_place"),
        ("000185001234", None, True, "identity_place"),
        ("049227001234", None, True, "identity_birth_year"),  # 2027
        ("049226001234", None, True, None),
        ("049005001234", None, True, "identity_birth_year"),  # 1905
        ("049812001234", None, True, "identity_birth_year"),  # 2312
        ("04918500123", None, True, "identity_unusual"),
        ("O49185001234", None, True, "identity_unusual"),
        ("0100047517", None, True, "identity_unusual"),
        ("0100047517", None, False, "identity_unusual"),
        ("0100047517", "other", False, None),
        ("12345678", None, True, None),
        ("33A8001234", None, False, None),
        ("123", None, False, None),
        ("000185001234", "other", True, None),
    ],
)
def test_odd_numbers_are_named(number: str, paper: str | None, of_person: bool, odd: str | None) -> None:
    assert oddness_of(number, Paper(paper) if paper else None, TODAY, of_person=of_person) == odd


def test_each_changed_digit_of_a_tax_code_is_noticed() -> None:
    number = "0100233488"
    assert fault_of(Paper.TAX_CODE, number) is None
    for place in range(len(number)):
        for digit in set("0123456789") - {number[place]}:
            wrong = number[:place] + digit + number[place + 1 :]
            assert fault_of(Paper.TAX_CODE, wrong) == "tax_code_check_digit", wrong
