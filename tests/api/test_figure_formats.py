"""Formats of the nine statistics: JSON, CSV and XLSX, by the `Accept` header and by the path's ending."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from xlsxwriter.utility import cell_autofit_width

from app.main import create_app
from app.settings import Settings
from app.statistics.formats import CSV, JSON, XLSX
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.csv_answers import csv_lines

STATISTICS = "/api/v1/statistics"
AUGUST = {"from": "2021-08-01", "to": "2021-08-31"}
COMMUNES = {"by": "commune", **AUGUST}
# Each statistic with parameters that give it a row for the commune Trà My.
EACH: Mapping[str, Mapping[str, str]] = {
    "on-time": COMMUNES,
    "form-ii-06a": {"unit": "20899", "rows": "units", **AUGUST},
    "office-table": {"unit": "20899", **AUGUST},
    "ranking": {"of": "commune", "minimum": "1", **AUGUST},
    "trend": COMMUNES,
    "lead-time": COMMUNES,
    "workload": {"unit": "20899"},
    "patterns": COMMUNES,
    "ratings": COMMUNES,
    "lateness": COMMUNES,
}
# The form has the layout of an official paper (tests/api/test_form_ii_06a.py).
TABLES = [name for name in EACH if name != "form-ii-06a"]

each = pytest.mark.parametrize("name", EACH)
each_table = pytest.mark.parametrize("name", TABLES)


@pytest.fixture
def client(app_client: Client) -> Client:
    """The application with two dossiers of Trà My, one of them finished."""
    clerk, officer = app_client.token("clerk", "20899"), app_client.token("officer", "20899")
    received(app_client, clerk)
    act(app_client, officer, received(app_client, clerk)["code"], "finish", outcome="granted")
    return app_client


def ask(client: Client, name: str, suffix: str = "", accept: str | None = None, language: str = "vi") -> Any:
    headers = {"Accept-Language": language, **({"Accept": accept} if accept else {})}
    token = client.token("supervisor") if name in ("patterns", "ratings") else None
    answer = client.get(f"{STATISTICS}/{name}{suffix}", params=EACH[name], headers=headers, token=token)
    assert answer.status_code == 200, answer.text
    return answer


def sheet_of(answer: Any) -> Worksheet:
    (sheet,) = load_workbook(io.BytesIO(answer.content)).worksheets
    assert isinstance(sheet, Worksheet)
    return sheet


def header_row(sheet: Worksheet) -> int:
    """The row of the header, counted from 1: the last one above the frozen pane."""
    column = sheet.freeze_panes.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if sheet.freeze_panes else "0"
    return int(column) - 1


def texts_of(sheet: Worksheet, first: int, last: int) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows(first, last) for cell in row if cell.value is not None]


def test_an_openapi_client_finds_every_format() -> None:
    paths = create_app(Settings(database_url="sqlite:///never.db")).openapi()["paths"]
    for name in EACH:
        operation = paths[f"{STATISTICS}/{name}"]["get"]
        assert {JSON, CSV, XLSX} == set(operation["responses"]["200"]["content"]), name
        assert "`.csv` or `.xlsx`" in operation["description"], name


@each
def test_the_ending_and_the_header_choose_the_same_format(client: Client, name: str) -> None:
    assert ask(client, name).headers["content-type"] == JSON
    for suffix, media in ((".csv", CSV), (".xlsx", XLSX)):
        by_path, by_header = ask(client, name, suffix), ask(client, name, accept=media)
        assert by_path.headers["content-type"].split(";")[0] == media
        assert by_path.content == by_header.content
        assert by_path.headers["content-disposition"].endswith(f'{suffix}"')
        assert by_path.headers["etag"] == by_header.headers["etag"]


@each
def test_csv_shows_vietnamese_in_a_spreadsheet_and_is_plain_data_for_programs(client: Client, name: str) -> None:
    answer = ask(client, name, ".csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    lines = csv_lines(answer)
    assert lines
    names = list(lines[0])
    assert all(part.isidentifier() for part in names), names
    # The reader puts surplus cells under the name None, and the value None into missing ones.
    assert all(None not in line and None not in line.values() for line in lines)
    assert {"Trà My", "Thị trấn Trà My"} & {value for line in lines for value in line.values()}


def test_csv_has_the_same_names_for_every_question(client: Client) -> None:
    """Columns of a part are there also if the question leaves the part out."""
    officer = client.token("officer", "20899")
    answers = [
        client.get(f"{STATISTICS}/workload.csv", params=parameters, token=officer)
        for parameters in ({}, {"by": "officer"}, {"projection": "true"})
    ]
    headers = [answer.content.split(b"\r\n")[0] for answer in answers]
    assert headers[0] == headers[1] == headers[2]
    assert b"arriving_received" in headers[0]
    assert b"projection_expected_late" in headers[0]


@each_table
def test_a_workbook_says_what_it_is(client: Client, name: str) -> None:
    sheet = sheet_of(ask(client, name, ".xlsx"))
    heading = " ".join(texts_of(sheet, 1, header_row(sheet) - 1))
    assert str(sheet["A1"].value)[0].isupper()
    assert "Đơn vị: " in heading
    assert "16/08/2021" in heading
    if name != "workload":
        assert "từ ngày 01/08/2021 đến ngày 31/08/2021" in heading
    headings = texts_of(sheet, header_row(sheet), header_row(sheet))
    assert {"Mã", "Tên"} <= set(headings)
    english = sheet_of(ask(client, name, ".xlsx", language="en"))
    assert {"Code", "Name"} <= set(texts_of(english, header_row(english), header_row(english)))


def test_a_heading_names_the_filters(client: Client) -> None:
    parameters = {"by": "field", "unit": "515", "field": "Hộ tịch", "channel": "online", **AUGUST}
    answer = client.get(f"{STATISTICS}/on-time.xlsx", params=parameters)
    sheet = sheet_of(answer)
    heading = texts_of(sheet, 1, header_row(sheet) - 1)
    assert heading[:4] == [
        "Tình hình giải quyết hồ sơ theo lĩnh vực",
        "Đơn vị: Huyện Bắc Trà My (515), gồm cả đơn vị trực thuộc",
        "Lĩnh vực: Hộ tịch",
        "Hình thức nộp: Trực tuyến",
    ]


@each_table
def test_codes_in_a_workbook_are_text(client: Client, name: str) -> None:
    sheet = sheet_of(ask(client, name, ".xlsx"))
    first = header_row(sheet)
    (column,) = [cell.column for cell in sheet[first] if cell.value == "Mã"]
    codes = [sheet.cell(row, column) for row in range(first + 1, sheet.max_row + 1)]
    assert [cell.data_type for cell in codes if cell.value == "20899"][:1] == ["s"]


@each_table
def test_a_workbook_prints_one_page_wide_under_a_repeated_header(client: Client, name: str) -> None:
    sheet = sheet_of(ask(client, name, ".xlsx"))
    header = header_row(sheet)
    setup, fit = sheet.page_setup, sheet.sheet_properties.pageSetUpPr
    assert (setup.orientation, int(setup.paperSize or 0)) == ("landscape", 9)
    assert fit is not None
    assert (fit.fitToPage, setup.fitToWidth or 1, setup.fitToHeight) == (True, 1, 0)
    assert sheet.print_title_rows == f"${header}:${header}"
    assert sheet.freeze_panes == f"C{header + 1}"


@each_table
def test_columns_fit_their_values(client: Client, name: str) -> None:
    sheet = sheet_of(ask(client, name, ".xlsx"))
    # Neighbours of equal width are one entry.
    widths = {
        number: 7 * dimension.width + 5
        for dimension in sheet.column_dimensions.values()
        for number in range(dimension.min or 0, (dimension.max or 0) + 1)
    }
    header = header_row(sheet)
    lines = [
        row
        for row in sheet.iter_rows(header + 1)
        if row[0].value is None or row[0].coordinate not in sheet.merged_cells
    ]
    for number, cell in enumerate(sheet[header], start=1):
        values = [str(row[number - 1].value or "") for row in lines]
        longest = max((*str(cell.value).split(), *values), key=cell_autofit_width)
        assert widths[number] >= min(cell_autofit_width(longest), 300) - 1, (cell.value, longest)


@each_table
def test_units_with_one_code_can_be_told_apart(client: Client, name: str) -> None:
    """The code 20900 was Trà Sơn's until 30 June 2025 and is Trà My's since."""
    client.now = datetime(2025, 8, 1, tzinfo=UTC)
    period = {"from": "2025-06-01", "to": "2025-07-31"}
    parameters = {"by": "commune", **period} if name != "ranking" else {"of": "commune", **period}
    if name == "workload":
        pytest.skip("a workload is of one day, and a code has one unit on it")
    token = client.token("supervisor") if name in ("patterns", "ratings") else None
    table = client.get(f"{STATISTICS}/{name}.csv", params=parameters, token=token)
    lines = [line for line in csv_lines(table) if "20900" in (line.get("key"), line.get("unit_code"))]
    assert len({line.get("id") or line.get("unit_id") for line in lines}) == 2
    sheet = sheet_of(client.get(f"{STATISTICS}/{name}.xlsx", params=parameters, token=token))
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(header_row(sheet) + 1)]
    validity = {value for row in rows if "20900" in row for value in row if isinstance(value, str) and "–" in value}
    assert validity == {"01/01/2018 – 30/06/2025", "01/07/2025 –"}


@each
def test_the_same_question_gives_the_same_workbook(client: Client, name: str) -> None:
    assert ask(client, name, ".xlsx").content == ask(client, name, ".xlsx").content
