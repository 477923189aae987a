"""Parts of slips: forms by date, dates in words, drawings, and samples for templates."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import segno
from barcode import Code128

from app.domain.limits import LimitUnit, TimeLimit
from app.slips.barcodes import code_128, qr_code
from app.slips.forms import TEMPLATES, form_on
from app.slips.template_check import samples_of
from app.slips.wording import addressee, day_words, limit_words, moment_words, money

CODE = "000.31.15.H47-210816-0001"

# Numbers by kind: without a circular, by Circular 01/2018/TT-VPCP, by Circular 03/2025/TT-VPCP.
NUMBERS = {
    "receipt": (None, "01", "01"),
    "supplement": (None, "02", "02"),
    "refusal": (None, "03", "03"),
    "apology": (None, "04", "04"),
    "stop": (None, None, "05"),
    "discontinuation": (None, None, None),
    "submission": (None, None, None),
    "payment": (None, None, None),
    "redate": (None, None, None),
    "transfer": (None, None, None),
    "control": (None, "05", "06"),
    "register": (None, "06", "07"),
}
FIRST_AND_LAST = [("2018-01-01", "2019-01-05"), ("2019-01-06", "2025-09-14"), ("2025-09-15", "2026-12-31")]


@pytest.mark.parametrize("kind", TEMPLATES)
def test_forms_change_on_the_first_day_of_a_circular(kind: str) -> None:
    for number, days in zip(NUMBERS[kind], FIRST_AND_LAST, strict=True):
        for day in days:
            form = form_on(kind, date.fromisoformat(day))
            assert form.number == number
            assert (form.circular is None) == (number is None)
            assert form.title


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2021, 2, 5), "ngày 05 tháng 02 năm 2021"),
        (date(2021, 8, 16), "ngày 16 tháng 8 năm 2021"),
        (date(2021, 12, 1), "ngày 01 tháng 12 năm 2021"),
    ],
)
def test_a_date_has_zeros_where_a_digit_could_be_added(day: date, words: str) -> None:
    assert day_words(day) == words


def test_an_instant_is_written_in_local_time() -> None:
    assert moment_words(datetime(2021, 12, 31, 17, 5, tzinfo=UTC)) == "00 giờ 05 phút, ngày 01 tháng 01 năm 2022"


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (TimeLimit(3, LimitUnit.WORKING_DAY), "03 ngày làm việc"),
        (TimeLimit(15, LimitUnit.CALENDAR_DAY), "15 ngày"),
        (TimeLimit(2, LimitUnit.MONTH), "02 tháng"),
        (TimeLimit(4, LimitUnit.WORKING_HOUR), "04 giờ làm việc"),
        (TimeLimit(None, LimitUnit.SAME_DAY), "trong ngày làm việc"),
    ],
)
def test_a_limit_is_written_in_its_unit(limit: TimeLimit, words: str) -> None:
    assert limit_words(limit) == words


def test_an_amount_has_points_between_thousands() -> None:
    assert money(1_500_000) == "1.500.000 đồng"


def test_only_a_person_is_addressed_personally() -> None:
    assert addressee("person", "Nguyễn Thị Hoa") == "Ông/Bà Nguyễn Thị Hoa"
    assert addressee("business", "Công ty Sâm Trà My") == "Công ty Sâm Trà My"


# --- Drawings ---------------------------------------------------------------------------------------------------------


def test_the_bars_are_those_of_code_128() -> None:
    drawn = code_128(CODE)
    bars = [(int(at), int(width)) for at, width in re.findall(r"M(\d+) 0h(\d+)v", drawn)]
    (modules,) = Code128(CODE).build()
    assert bars == [(run.start(), run.end() - run.start()) for run in re.finditer("1+", modules)]
    assert f'viewBox="0 0 {len(modules)} 1"' in drawn


def test_the_qr_code_contains_the_address() -> None:
    address = f"https://motcua.example.vn/d/{CODE}"
    expected = segno.make(address, error="m", boost_error=False, micro=False)
    size = len(expected.matrix)
    dark = {(x, y) for y, row in enumerate(expected.matrix) for x, module in enumerate(row) if module}
    assert f'width="{size}" height="{size}"' in qr_code(address)
    assert set(_dark_modules(qr_code(address))) == dark


def _dark_modules(drawn: str) -> Iterator[tuple[int, int]]:
    """The modules of a path of horizontal strokes, each in the middle of its row."""
    path = re.search(r' d="M([^"]+)"', drawn)
    assert path is not None
    x, y = 0.0, 0.0
    for step, first, second in re.findall(r"([mh]?)(-?[\d.]+)(?: ([-\d.]+))?", path[1].replace("M", "")):
        if step == "h":
            yield from ((int(x) + n, int(y)) for n in range(int(first)))
            x += float(first)
        else:
            x, y = x + float(first), y + float(second)


# --- Samples ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_is_checked_with_and_without_personal_data(kind: str) -> None:
    full, bare, *_rest = samples_of(kind)[:: 1 if kind == "register" else 2]
    assert full.keys() == bare.keys()
    people = [sample["rows"][0] for sample in (full, bare)] if kind == "register" else [full, bare]
    assert people[0]["applicant"] is not None
    assert people[1]["applicant"] is None
