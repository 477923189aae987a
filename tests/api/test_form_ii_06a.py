"""Form II.06a/VPCP/KSTT over HTTP: its columns and sums, its rows, its periods, and its workbook."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.statistics.form_ii_06a.schemas import FormOut
from app.statistics.form_ii_06a.sheet import as_workbook
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.csv_answers import csv_lines

FORM = "/api/v1/statistics/form-ii-06a"
AUGUST = {"from": "2021-08-01", "to": "2021-08-31"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The form's columns 3 to 14.
COLUMNS = (
    *("received_total", "received_online", "received_counter_or_postal", "received_carried_over"),
    *("resolved_total", "resolved_early", "resolved_on_time", "resolved_late"),
    *("pending_total", "pending_in_time", "pending_overdue", "ended_or_moved"),
)
FIRST_LINE = 10
CALL = re.compile(r"=SUM\(([A-Z0-9:,]+)\)")
CELL = re.compile(r"([A-Z])([0-9]+)")


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", "20899")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "515")


def at(day: int, hour: int = 9) -> datetime:
    """An hour of a day of August 2021 at the counter: the 16th is a Monday."""
    return datetime(2021, 8, day, hour, tzinfo=UTC) - timedelta(hours=7)


def form(client: Client, **parameters: Any) -> dict[str, Any]:
    """The form, by default of the commune Trà My in August 2021."""
    unit = {} if "unit" in parameters or "unit_id" in parameters else {"unit": "20899"}
    period = {} if "period" in parameters else AUGUST
    answer = client.get(FORM, params={**unit, **period, **parameters})
    assert answer.status_code == 200, answer.text
    filled_in: dict[str, Any] = answer.json()
    return filled_in


def columns(line: dict[str, Any]) -> list[int]:
    """Columns 3 to 14 of a line."""
    parts = ("received", "resolved", "pending")
    flat = {f"{part}_{name}": value for part in parts for name, value in line[part].items()}
    flat["ended_or_moved"] = line["ended_or_moved"]
    return [flat[name] for name in COLUMNS]


def adds_up(line: dict[str, Any]) -> bool:
    third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, *rest = columns(line)
    eleventh, twelfth, thirteenth, fourteenth = rest
    return (third, seventh, eleventh, third) == (
        fourth + fifth + sixth,
        eighth + ninth + tenth,
        twelfth + thirteenth,
        seventh + eleventh + fourteenth,
    )


@pytest.fixture
def busy(app_client: Client, clerk: str, officer: str, supervisor: str) -> Client:
    """Trà My at the end of 30 August with a number in every column; the clock shows 6 September."""
    app_client.now = at(12)
    carried = received(app_client, clerk, at=at(12).isoformat())["code"]
    app_client.now = at(16)
    early, late, online, withdrawn, moved = (
        received(app_client, clerk, at=at(16).isoformat(), **changes)["code"]
        for changes in ({}, {}, {"channel": "online"}, {"channel": "postal"}, {})
    )
    act(app_client, officer, early, "finish", outcome="granted")
    act(app_client, clerk, withdrawn, "withdraw", request="đơn xin rút")
    act(app_client, supervisor, moved, "transfer", to_unit="20902", reason="đúng thẩm quyền", legal_basis="QĐ 1")
    app_client.now = at(17)
    act(app_client, officer, carried, "finish", outcome="granted")
    app_client.now = at(19)
    act(app_client, officer, online, "finish", outcome="granted")
    app_client.now = at(25)
    act(app_client, officer, late, "finish", outcome="granted")
    other = app_client.token("clerk", "20902")
    given = received(app_client, other, at=at(25).isoformat(), receiving_unit="20902")["code"]
    act(app_client, supervisor, given, "transfer", to_unit="20899", reason="đúng thẩm quyền", legal_basis="QĐ 2")
    app_client.now = at(30)
    received(app_client, clerk, at=at(30).isoformat())
    app_client.now = datetime(2021, 9, 6, 2, tzinfo=UTC)
    return app_client


class TestFields:
    def test_every_column_has_the_figure_of_the_form(self, busy: Client) -> None:
        filled_in = form(busy, **{"from": "2021-08-16", "to": "2021-08-30"})
        (line,) = filled_in["lines"]

        # Received: five at the counter or by post, one online; one carried over, one moved in.
        assert columns(line) == [8, 1, 5, 2, 4, 1, 2, 1, 2, 1, 1, 2]
        assert (line["number"], line["name"], line["line"], line["group"]) == ("1", "Hộ tịch", "row", None)
        assert columns(filled_in["total"]) == columns(line)
        assert adds_up(line)

    def test_the_data_of_the_heading_come_with_the_form(self, busy: Client) -> None:
        filled_in = form(busy, period="2021-08", receiver="UBND huyện Bắc Trà My")
        unit = {name: filled_in["unit"][name] for name in ("code", "name", "kind")}
        assert {name: filled_in[name] for name in filled_in if name not in ("unit", "lines", "total")} == {
            "form": "II.06a/VPCP/KSTT",
            "title": "Tình hình, kết quả giải quyết thủ tục hành chính",
            "rows": "fields",
            "reporter": "Thị trấn Trà My",
            "receiver": "UBND huyện Bắc Trà My",
            "period": {"name": "2021-08", "title": "Tháng 8 năm 2021", "from": "2021-08-01", "to": "2021-08-31"},
            "as_of": "2021-09-01T00:00:00+07:00",
            "ended": True,
            "changed_since": None,
        }
        assert unit == {"code": "20899", "name": "Trà My", "kind": "commune"}

    def test_a_field_without_a_dossier_has_no_row_and_the_total_is_zero(self, app_client: Client) -> None:
        filled_in = form(app_client)
        assert (filled_in["lines"], columns(filled_in["total"])) == ([], [0] * 12)

    def test_fields_are_in_alphabetical_order(self, app_client: Client, clerk: str) -> None:
        procedures = app_client.get("/api/v1/procedures", params={"limit": 500}).json()["items"]
        by_field = {
            procedure["field"]: procedure["code"] for procedure in procedures if procedure["level"] == "commune"
        }
        fields = [field for field in ("Chứng thực", "Đất đai", "Hộ tịch", "Thủy lợi") if field in by_field]
        assert len(fields) > 2
        for field in reversed(fields):
            received(app_client, clerk, procedure=by_field[field])
        # An office of the district is responsible for some of them.
        lines = form(app_client, unit="515")["lines"]
        assert [(line["number"], line["name"]) for line in lines] == [
            (str(number), field) for number, field in enumerate(fields, start=1)
        ]

    def test_the_form_dates_the_last_correction(self, app_client: Client, clerk: str, supervisor: str) -> None:
        code = received(app_client, clerk)["code"]
        app_client.now = at(18)
        changes = {"channel": "online"}
        corrected(app_client, supervisor, code, sequence=1, changes=changes)
        app_client.now = at(20)
        filled_in = form(app_client, to="2021-08-16")
        assert filled_in["changed_since"] == "2021-08-18T09:00:00+07:00"
        assert filled_in["total"]["received"]["online"] == 1


class TestUnits:
    def test_units_are_grouped_by_level_with_a_subtotal_each(self, busy: Client) -> None:
        filled_in = form(busy, unit="49", rows="units")
        groups = [line for line in filled_in["lines"] if line["line"] == "subtotal"]
        assert [(line["number"], line["name"], line["key"]) for line in groups] == [
            ("I", "Cấp tỉnh", "province"),
            ("II", "Cấp huyện", "district"),
            ("III", "Cơ quan chuyên môn", "office"),
            ("IV", "Cấp xã", "commune"),
        ]
        rows = [line for line in filled_in["lines"] if line["line"] == "row"]
        for group in groups:
            own = [row for row in rows if row["group"] == group["key"]]
            assert [row["number"] for row in own] == [str(number) for number in range(1, len(own) + 1)]
            assert columns(group) == [sum(column) for column in zip(*map(columns, own), strict=True)]
        assert columns(filled_in["total"]) == [sum(column) for column in zip(*map(columns, groups), strict=True)]
        assert all(adds_up(line) for line in (*filled_in["lines"], filled_in["total"]))

    def test_a_move_between_rows_counts_on_both_sides(self, busy: Client) -> None:
        by_unit, by_field = form(busy, unit="515", rows="units"), form(busy, unit="515")
        rows = {line["key"]: columns(line) for line in by_unit["lines"] if line["line"] == "row"}
        # One moved each way between the two communes.
        assert (rows["20899"][3], rows["20902"][3]) == (1, 1)
        assert (by_unit["total"]["received"]["carried_over"], by_field["total"]["received"]["carried_over"]) == (2, 0)
        assert (by_unit["total"]["ended_or_moved"], by_field["total"]["ended_or_moved"]) == (3, 1)
        assert by_unit["total"]["resolved"] == by_field["total"]["resolved"]
        assert by_unit["total"]["pending"] == by_field["total"]["pending"]

    def test_the_columns_agree_with_the_on_time_figures(self, busy: Client) -> None:
        form_rows = {
            line["id"]: line for line in form(busy, unit="515", rows="units")["lines"] if line["line"] == "row"
        }
        figures = busy.get("/api/v1/statistics/on-time", params={"by": "unit", "unit": "515", **AUGUST}).json()
        assert form_rows.keys() == {row["id"] for row in figures["rows"]}
        for row in figures["rows"]:
            line = form_rows[row["id"]]
            assert line["received"]["carried_over"] == row["carried_over"] + row["moved_in"]
            assert line["resolved"] == row["finished"]
            assert line["pending"]["total"] == row["open"]["total"]
            ended = row["withdrawn"]["total"] + row["discontinued"]["total"] + row["moved_out"]
            assert line["ended_or_moved"] == ended

    def test_a_unit_succeeded_within_the_period_is_named_by_code_and_date(self, app_client: Client) -> None:
        app_client.now = datetime(2026, 1, 5, tzinfo=UTC)
        assert form(app_client, unit="20900", period="2025")["reporter"] == "Xã Trà My"
        assert form(app_client, unit="20900", period="2025", on="2025-01-01")["reporter"] == "Xã Trà Sơn"
        by_id = form(app_client, unit_id=form(app_client, unit="20900", period="2025")["unit"]["id"], period="2020")
        assert by_id["reporter"] == "Xã Trà My"

    def test_predecessors_are_added_on_request(self, busy: Client) -> None:
        busy.now = datetime(2026, 1, 5, tzinfo=UTC)
        asked = {"unit": "20900", "on": "2025-12-31"}
        assert columns(form(busy, **asked)["total"]) == [0] * 12
        assert form(busy, **asked, successors="true")["total"]["resolved"]["total"] == 4


class TestPeriods:
    @pytest.mark.parametrize(
        ("period", "first", "last", "title"),
        [
            ("2021-07", "2021-07-01", "2021-07-31", "Tháng 7 năm 2021"),
            ("statutory-2021-08", "2021-07-15", "2021-08-14", "Tháng 8 năm 2021"),
            ("statutory-2021-Q2", "2021-03-15", "2021-06-14", "Quý II năm 2021"),
            ("statutory-2021-H1", "2020-12-15", "2021-06-14", "6 tháng đầu năm 2021"),
        ],
    )
    def test_a_period_may_have_a_name(self, app_client: Client, period: str, first: str, last: str, title: str) -> None:
        filled_in = form(app_client, period=period)
        assert filled_in["period"] == {"name": period, "title": title, "from": first, "to": last}
        assert filled_in["ended"]

    def test_a_running_period_is_answered_up_to_now(self, app_client: Client, clerk: str) -> None:
        received(app_client, clerk)
        filled_in = form(app_client, period="statutory-2021")
        assert (filled_in["period"]["to"], filled_in["as_of"]) == ("2021-12-14", "2021-08-16T08:30:00+07:00")
        assert (filled_in["ended"], filled_in["total"]["received"]["total"]) == (False, 1)

    def test_dates_have_no_title_and_the_default_is_the_year_until_today(self, app_client: Client) -> None:
        period = app_client.get(FORM, params={"unit": "20899"}).json()["period"]
        assert period == {"name": None, "title": None, "from": "2021-01-01", "to": "2021-08-16"}


@pytest.mark.parametrize(
    ("parameters", "code", "pointer"),
    [
        ({}, "field_needed", "/unit"),
        ({"unit": "20899", "unit_id": "1"}, "invalid", "/unit_id"),
        ({"unit": "99999"}, "unknown_unit", "/unit"),
        ({"unit_id": "123456"}, "unknown_unit", "/unit_id"),
        ({"unit": "20900", "on": "2017-01-01"}, "ambiguous_unit", "/unit"),
        ({"unit": "20899", "rows": "procedures"}, "invalid", "/rows"),
        ({"unit": "20899", "by": "field"}, "unknown_parameter", "/by"),
        ({"unit": "20899", "period": "2021-Q5"}, "period_unknown", "/period"),
        ({"unit": "20899", "period": "2021-Q1", "to": "2021-03-31"}, "period_twice", "/period"),
        ({"unit": "20899", "period": "2022"}, "period_in_future", "/from"),
        ({"unit": "20899", "period": "statutory-2021-10"}, "period_in_future", "/from"),
        ({"unit": "20899", "from": "2021-08-02", "to": "2021-08-01"}, "period_invalid", "/from"),
        ({"unit": "20899", "receiver": "UBND\u202e"}, "direction_marks", "/receiver"),
    ],
)
def test_an_invalid_report_is_refused(app_client: Client, parameters: dict[str, str], code: str, pointer: str) -> None:
    answer = app_client.get(FORM, params=parameters)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


class TestRepresentation:
    @pytest.mark.parametrize(
        ("path", "accept", "media"),
        [
            ("", None, "application/json"),
            ("", "text/csv", "text/csv"),
            ("", XLSX, XLSX),
            ("", f"text/html, {XLSX};q=0.9, */*;q=0.1", XLSX),
            (".csv", None, "text/csv"),
            (".xlsx", "text/html,*/*;q=0.8", XLSX),
        ],
    )
    def test_the_ending_of_the_path_or_the_preference_decides(
        self, app_client: Client, path: str, accept: str | None, media: str
    ) -> None:
        headers = {"Accept": accept} if accept else {}
        answer = app_client.get(f"{FORM}{path}", params={"unit": "20899"}, headers=headers)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, media)

    def test_an_unknown_format_is_not_acceptable(self, app_client: Client) -> None:
        answer = app_client.get(FORM, params={"unit": "20899"}, headers={"Accept": "application/pdf"})
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")

    def test_the_path_chooses_the_format_of_the_on_time_figures_too(self, app_client: Client) -> None:
        by_path = app_client.get("/api/v1/statistics/on-time.csv", params=AUGUST)
        by_header = app_client.get("/api/v1/statistics/on-time", params=AUGUST, headers={"Accept": "text/csv"})
        assert by_path.headers["content-type"].startswith("text/csv")
        assert (by_path.content, by_path.headers["etag"]) == (by_header.content, by_header.headers["etag"])

    def test_the_table_has_the_columns_of_the_form_in_order(self, busy: Client) -> None:
        parameters = {"unit": "515", "rows": "units", **AUGUST}
        answer = busy.get(f"{FORM}.csv", params=parameters)
        assert answer.headers["content-disposition"] == 'attachment; filename="II.06a_515_2021-08-01_2021-08-31.csv"'
        lines = csv_lines(answer)
        assert list(lines[0])[:14] == ["number", "name", *COLUMNS]
        filled_in = form(busy, **parameters)
        assert [[int(line[name]) for name in COLUMNS] for line in lines] == [
            columns(line) for line in (*filled_in["lines"], filled_in["total"])
        ]
        assert [line["line"] for line in lines] == [line["line"] for line in filled_in["lines"]] + ["total"]

    def test_names_are_english_on_request_but_not_in_the_workbook(self, app_client: Client) -> None:
        parameters, headers = {"unit": "20899", "period": "2021-Q2"}, {"Accept-Language": "en"}
        english = app_client.get(FORM, params=parameters, headers=headers).json()
        assert (english["total"]["name"], english["period"]["title"]) == ("Total", "Quarter II of 2021")
        workbook = app_client.get(f"{FORM}.xlsx", params=parameters, headers=headers).content
        assert workbook == app_client.get(f"{FORM}.xlsx", params=parameters).content


# --- The workbook -----------------------------------------------------------------------------------------------------


def sheet_of(client: Client, *, values: bool = False, **parameters: Any) -> Worksheet:
    """The one sheet of the workbook, with formulas or with their stored values."""
    answer = client.get(f"{FORM}.xlsx", params={**({} if "period" in parameters else AUGUST), **parameters})
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.content), data_only=values)
    (sheet,) = book.worksheets
    return sheet


def recomputed(sheet: Worksheet, cell: str) -> int:
    """The value of the cell's formula, computed from the figures."""
    value = sheet[cell].value
    if not isinstance(value, str):
        assert isinstance(value, int), cell
        return value
    call = CALL.fullmatch(value)
    assert call, value
    return sum(recomputed(sheet, cell) for area in call[1].split(",") for cell in cells_of(area))


def cells_of(area: str) -> Iterator[str]:
    corners = CELL.findall(area)
    (left, top), (right, bottom) = corners[0], corners[-1]
    for row in range(int(top), int(bottom) + 1):
        for column in range(ord(left), ord(right) + 1):
            yield f"{chr(column)}{row}"


class TestWorkbook:
    @pytest.mark.parametrize("rows", ["fields", "units"])
    def test_formulas_give_the_figures_and_carry_them(self, busy: Client, rows: str) -> None:
        asked: dict[str, Any] = {"unit": "49", "rows": rows}
        formulas, values = sheet_of(busy, **asked), sheet_of(busy, values=True, **asked)
        filled_in = form(busy, **asked)
        for row, line in enumerate((*filled_in["lines"], filled_in["total"]), start=FIRST_LINE):
            assert (formulas[f"A{row}"].value or "", formulas[f"B{row}"].value) == (line["number"], line["name"])
            cells = [f"{column}{row}" for column in "CDEFGHIJKLMN"]
            assert [recomputed(formulas, cell) for cell in cells] == columns(line)
            assert [values[cell].value for cell in cells] == columns(line)
            summed = {cell for cell in cells if isinstance(formulas[cell].value, str)}
            rows_own = {f"{column}{row}" for column in "CGK"}
            assert summed == (rows_own if line["line"] == "row" else set(cells))

    def test_a_form_without_a_row_has_zeros(self, app_client: Client) -> None:
        formulas = sheet_of(app_client, unit="20899")
        assert [recomputed(formulas, f"{column}{FIRST_LINE}") for column in "CDEFGHIJKLMN"] == [0] * 12
        assert formulas[f"B{FIRST_LINE}"].value == "Tổng cộng"

    def test_the_heading_names_the_form_the_units_and_the_period(self, busy: Client) -> None:
        sheet = sheet_of(busy, unit="20899", period="statutory-2021-08", receiver="UBND huyện Bắc Trà My")
        assert sheet["A1"].value == "Biểu số II.06a/VPCP/KSTT"
        assert sheet["C1"].value == "TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH"
        assert sheet["K1"].value == "Đơn vị báo cáo: Thị trấn Trà My"
        assert sheet["K2"].value == "Đơn vị nhận báo cáo: UBND huyện Bắc Trà My"
        assert sheet["C3"].value == "Kỳ báo cáo: Tháng 8 năm 2021 (Từ ngày 15/07/2021 đến ngày 14/08/2021)"
        assert (sheet["B4"].value, sheet["J5"].value) == (None, "Đơn vị tính: Số hồ sơ TTHC")

    def test_the_heading_of_a_running_period_says_so(self, app_client: Client) -> None:
        sheet = sheet_of(app_client, unit="20899")
        assert sheet["C3"].value == "Kỳ báo cáo: từ ngày 01/08/2021 đến ngày 31/08/2021"
        assert sheet["B4"].value == "(Kỳ báo cáo chưa kết thúc, số liệu tính đến 08 giờ 30 phút ngày 16/08/2021)"
        assert str(sheet["K2"].value).startswith("Đơn vị nhận báo cáo: …")

    def test_the_header_has_three_levels_and_column_numbers(self, busy: Client) -> None:
        sheet = sheet_of(busy, unit="20899")
        labels = {
            "A6:A8": "STT",
            "B6:B8": "Lĩnh vực giải quyết",
            "C6:F6": "Số lượng hồ sơ tiếp nhận",
            "C7:C8": "Tổng số",
            "D7:E7": "Trong kỳ",
            "F7:F8": "Từ kỳ trước",
            "G6:J6": "Số lượng hồ sơ đã giải quyết",
            "K6:M6": "Số lượng hồ sơ đang giải quyết",
            "N6:N8": "Rút, dừng giải quyết, chuyển đơn vị khác",
        }
        merged = {str(area) for area in sheet.merged_cells.ranges}
        assert {area: sheet[area.split(":")[0]].value for area in labels if area in merged} == labels
        assert (sheet["D8"].value, sheet["E8"].value) == ("Trực tuyến", "Trực tiếp, dịch vụ bưu chính")
        numbers = [str(sheet.cell(9, column).value) for column in range(1, 15)]
        assert [number.split("=")[0] for number in numbers] == [f"({column})" for column in range(1, 15)]
        assert sheet_of(busy, unit="20899", rows="units")["B6"].value == "Đơn vị giải quyết"

    def test_it_prints_on_a4_landscape_one_page_wide_with_its_header_on_each(self, busy: Client) -> None:
        sheet = sheet_of(busy, unit="515", rows="units")
        setup = sheet.page_setup
        assert (setup.orientation, int(setup.paperSize or 0)) == ("landscape", 9)
        fit = sheet.sheet_properties.pageSetUpPr
        assert (fit and fit.fitToPage, setup.fitToWidth or 1, setup.fitToHeight) == (True, 1, 0)
        assert sheet.print_title_rows == "$6:$9"
        signed = next(cell.row for row in sheet["A10:A60"] for cell in row if cell.value == "Người lập biểu")
        assert str(sheet.print_area).endswith(f"!$A$1:$N${signed + 5}")

    @pytest.mark.parametrize(
        ("rows", "pages"), [(1, 0), (16, 0), (18, 1), (24, 1), (26, 0), (46, 0), (48, 2), (54, 2), (56, 0)]
    )
    def test_the_places_to_sign_are_on_the_page_of_the_table_s_end(self, busy: Client, rows: int, pages: int) -> None:
        """The table shrinks if the places to sign would need one more page; 0: no fixed number of pages."""
        filled_in = form(busy)
        filled_in["lines"] *= rows
        sheet = load_workbook(io.BytesIO(as_workbook(FormOut.model_validate(filled_in)))).worksheets[0]
        fitted = sheet.page_setup.fitToHeight
        # A missing number means one page.
        assert (1 if fitted is None else int(fitted)) == pages

    def test_letters_and_lines_are_those_of_official_papers(self, busy: Client) -> None:
        sheet = sheet_of(busy, unit="20899")
        assert {cell.font.name for row in sheet["A1:N16"] for cell in row if cell.value} == {"Times New Roman"}
        sides = ("left", "right", "top", "bottom")
        lines = [cell for row in sheet["A9:N11"] for cell in row]
        assert {getattr(cell.border, side).style for cell in lines for side in sides} == {"thin"}
        below = [str(cell.value) for row in sheet.iter_rows(min_row=12) for cell in row if cell.value]
        assert {"Người lập biểu", "Thủ trưởng đơn vị"} <= set(below)

    def test_the_same_question_gives_the_same_bytes_at_any_time(self, busy: Client) -> None:
        asked = {"unit": "515", "rows": "units", **AUGUST}
        first = busy.get(f"{FORM}.xlsx", params=asked)
        busy.now += timedelta(days=1)
        again = busy.get(f"{FORM}.xlsx", params=asked)
        assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
        held = busy.get(f"{FORM}.xlsx", params=asked, headers={"If-None-Match": first.headers["etag"]})
        assert (held.status_code, held.content) == (304, b"")

    @pytest.mark.parametrize("name", ["=1+1", "+84", "-1", "@SUM(A1)"])
    def test_a_name_is_no_formula(self, app_client: Client, name: str) -> None:
        body = {
            "code": "515.98",
            "name": name,
            "kind": "office",
            "type": "Phòng ban",
            "agency_identifier": "000.98.15.H47",
            "parent": "515",
            "valid_from": "2021-01-01",
        }
        made = app_client.post("/api/v1/units", body, token=app_client.token("administrator"))
        assert made.status_code == 201, made.text
        sheet = sheet_of(app_client, unit="515.98", rows="units", receiver=name)
        assert (sheet["B11"].value, sheet["B11"].data_type) == (name, "s")
        assert (sheet["K1"].value, sheet["K2"].value) == (f"Đơn vị báo cáo: {name}", f"Đơn vị nhận báo cáo: {name}")
        table = app_client.get(f"{FORM}.csv", params={"unit": "515.98", "rows": "units"})
        assert [line["name"] for line in csv_lines(table)][1] == f"'{name}"
