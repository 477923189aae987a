"""Telephone numbers and e-mail addresses as people write them."""

import pytest

from app.contact_data import email_of, phone_key, phone_of, phone_search, texts_to


@pytest.mark.parametrize(
    "written",
    [
        "0905123456",
        "0905 123 456",
        "0905.123.456",
        "(0905) 123-456",
        "905123456",
        "84905123456",
        "+84905123456",
        "+84 (0)905 123 456",
        "00 84 905 123 456",
        "０９０５１２３４５６",
        "0905123456 (con trai)",
        "con: 0905123456",
        "0905123456 / 0912345678",
        "0905 123 456 - 0912 345 678",
    ],
)
def test_each_spelling_of_a_number_is_the_same_number(written: str) -> None:
    assert phone_of(written) == ("+84905123456", True)
    assert phone_key(written) == "65432150948"
    assert phone_search(written) == ("65432150948", False)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0235 3881 234", "+842353881234"),
        ("1900 1234", "+8419001234"),
        ("+1 202 555 0123", "+12025550123"),
    ],
)
def test_landlines_and_numbers_abroad_are_numbers(written: str, number: str) -> None:
    phone = phone_of(written)
    assert phone is not None
    assert phone.e164 == number
    assert texts_to(written) == (number if number.startswith("+1") else None)


@pytest.mark.parametrize("written", [None, "", "không có", "113", "01691234567", "0000123456", "090512345", "x" * 5000])
def test_what_is_no_valid_number_gets_no_message(written: str | None) -> None:
    assert phone_of(written) is None
    assert texts_to(written) is None


@pytest.mark.parametrize(
    ("written", "key"), [("01691234567", "76543219610"), ("không có", None), ("máy 12, số 345678", "87654321")]
)
def test_an_unknown_number_is_found_by_its_digits(written: str, key: str | None) -> None:
    assert phone_key(written) == key


@pytest.mark.parametrize(
    ("typed", "key"), [("123 456", "654321"), ("5123456", "6543215"), ("12345", None), ("Hoa", None)]
)
def test_six_last_digits_or_more_are_looked_for(typed: str, key: str | None) -> None:
    assert phone_search(typed) == (None if key is None else (key, True))


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("hoa@example.vn", "hoa@example.vn"),
        (" Hoa.Nguyen+xa@Example.VN ", "Hoa.Nguyen+xa@example.vn"),
        ("hoa@đà-nẵng.vn", "hoa@xn---nng-zna70au54p.vn"),
        ("nguyenvana@gmail,com", None),
        ("a@b.vn; c@d.vn", None),
        ("hoa@gmail", None),
        ("hoa nguyen@gmail.com", None),
        ("Hoa <hoa@example.vn>", None),
        ("hoa@example.vn\nBcc: x@y.vn", None),
        ("hoa@example.vn.", None),
        ("hoà@example.vn", None),  # needs a server that the service does not ask for
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_checked_by_its_form(written: str | None, address: str | None) -> None:
    assert email_of(written) == address
