"""The workbook of reference data through HTTP: export, dry run, import, and refusals with their cells."""

from io import BytesIO
from typing import Any

from openpyxl import load_workbook

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
