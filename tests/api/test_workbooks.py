"""The workbook of reference data through HTTP: export, dry run, import, and refusals with their cells."""

from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook

from app.loading.reference.columns import Column, Kind
from app.loading.reference.forms import SHEETS
from tests.support.client import Client
from tests.support.staff import created

PATH = "/api/v1/reference/workbook"
XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def exported(client: Client, token: str) -> Any:
    return load_workbook(BytesIO(client.get(PATH, token=token).content))


def sent(client: Client, book: Any, token: str, query: str = "") -> Any:
    file = BytesIO()
    book.save(file)
    return client.request("POST", f"{PATH}{query}", content=file.getvalue(), headers=XLSX, token=token)


def test_a_dry_run_changes_nothing_and_the_import_does(app_client: Client) -> None:
    token = app_client.token("administrator")
    book = exported(app_client, token)
    book["Thủ tục"].cell(2, 2).value = "Tên đã sửa"
    code = book["Thủ tục"].cell(2, 1).value
    name = app_client.get(f"/api/v1/procedures/{code}").json()["name"]
    rehearsed = sent(app_client, book, token, "?dry_run=true").json()
    (row,) = rehearsed["rows"]
    assert (rehearsed["dry_run"], row["sheet"], row["row"], row["change"]) == (True, "Thủ tục", 2, "changed")
    assert row["columns"] == [{"column": "Tên thủ tục", "before": name, "after": "Tên đã sửa"}]
    assert app_client.get(f"/api/v1/procedures/{code}").json()["name"] == name
    assert sent(app_client, book, token).json()["changed"] == 1
    assert app_client.get(f"/api/v1/procedures/{code}").json()["name"] == "Tên đã sửa"


def papers(client: Client, code: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = client.get(f"/api/v1/procedures/{code}").json()["versions"][-1]["documents"]
    return documents


def with_cases(client: Client, token: str) -> str:
    """A procedure with papers, of which the second is needed in one case."""
    code = str(exported(client, token)["Thành phần hồ sơ"].cell(2, 1).value)
    named = [
        {"name": "Tờ khai", "form": "original", "copies": 1},
        {"name": "Văn bản ủy quyền", "form": "copy", "copies": 2, "when": "Khi người khác nộp thay"},
    ]
    client.patch(f"/api/v1/procedures/{code}/versions/1", {"documents": named}, token=token)
    assert papers(client, code) == named
    return code


def rows_of(sheet: Any, code: str) -> list[int]:
    return [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value == code]


def test_a_changed_paper_leaves_the_cases_of_the_others(app_client: Client) -> None:
    token = app_client.token("administrator")
    code, book = with_cases(app_client, token), exported(app_client, token)
    sheet = book["Thành phần hồ sơ"]
    sheet.cell(rows_of(sheet, code)[0], 3).value = "Tờ khai theo mẫu"
    assert sent(app_client, book, token).json()["changed"] == 1
    first, second = papers(app_client, code)
    assert first["name"] == "Tờ khai theo mẫu"
    assert second["when"] == "Khi người khác nộp thay"


def test_a_case_changes_by_its_cell(app_client: Client) -> None:
    token = app_client.token("administrator")
    code, book = with_cases(app_client, token), exported(app_client, token)
    sheet = book["Thành phần hồ sơ"]
    sheet.cell(rows_of(sheet, code)[1], 6).value = None
    (row,) = sent(app_client, book, token).json()["rows"]
    assert row["columns"] == [{"column": "Khi nào", "before": "Khi người khác nộp thay", "after": None}]
    assert "when" not in papers(app_client, code)[1]


def test_columns_of_papers_that_are_left_out_stay(app_client: Client) -> None:
    token = app_client.token("administrator")
    code, book = with_cases(app_client, token), exported(app_client, token)
    sheet = book["Thành phần hồ sơ"]
    first, second = rows_of(sheet, code)
    sheet.cell(first, 3).value, sheet.cell(second, 3).value = "Giấy mới", "Tờ khai"
    sheet.insert_rows(second + 1)
    for column, value in ((1, code), (2, sheet.cell(first, 2).value), (3, "Văn bản ủy quyền")):
        sheet.cell(second + 1, column).value = value
    sheet.delete_cols(4, 3)
    assert sent(app_client, book, token).status_code == 200
    assert papers(app_client, code) == [
        {"name": "Giấy mới"},
        {"name": "Tờ khai", "form": "original", "copies": 1},
        {"name": "Văn bản ủy quyền", "form": "copy", "copies": 2, "when": "Khi người khác nộp thay"},
    ]


def test_a_refusal_names_its_cells_in_both_languages(app_client: Client) -> None:
    token = app_client.token("administrator")
    book = exported(app_client, token)
    book["Phiên bản"].cell(2, 4).value = "120"
    answer = sent(app_client, book, token)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "workbook_refused")
    (cell,) = problem["cells"]
    assert (cell["place"], cell["column"], cell["code"]) == ("Phiên bản!D2", "Trực tiếp", "limit_without_unit")
    assert "chưa có đơn vị" in cell["vi"]
    assert "no unit" in cell["en"]
    text = app_client.request("POST", PATH, content=b"no workbook", headers=XLSX, token=token)
    assert text.status_code == 422


def usable(column: Column) -> Any:
    """A value that its cell can have."""
    return {Kind.DAY: "2027-01-01", Kind.NUMBER: 2030, Kind.CHOICE: next(iter(column.choices), None)}.get(
        column.kind, "1"
    )


def test_a_row_without_a_needed_column_is_refused(app_client: Client) -> None:
    token = app_client.token("administrator")
    for form in SHEETS:
        needed = [column for column in form.columns if column.needed]
        assert needed
        for left_out in needed:
            book = Workbook()
            sheet = book.create_sheet(form.name)
            del book["Sheet"]
            kept = [column for column in form.columns if column is not left_out]
            sheet.append([column.heading for column in kept])
            sheet.append([usable(column) for column in kept])
            answer = sent(app_client, book, token)
            assert answer.status_code == 422, (form.name, left_out.heading)
            messages = [cell["en"] for cell in answer.json()["cells"] if cell["code"] == "column_missing"]
            assert messages == [f"The column {left_out.heading!r} is missing."]


def test_nobody_changes_themselves_by_a_workbook(app_client: Client) -> None:
    program = app_client.token("administrator")
    person = created(app_client, program, "administrator", None)
    session = app_client.session(person["id"])
    book = exported(app_client, session)
    sheet = book["Người dùng"]
    row = next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value == person["account"])
    sheet.cell(row, 2).value = "Tên khác"
    (cell,) = sent(app_client, book, session).json()["cells"]
    assert cell["code"] == "person_is_yourself"
