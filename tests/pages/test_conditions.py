"""Tests the counter's form for conditions: their names, those that are left, and the legal basis of the version."""

from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, corrected, new_procedure, read_dossier, received
from tests.support.client import Client
from tests.support.desk import HOME, Desk, chosen
from tests.support.page_text import read

HERE = "20899"
DECREE, DECISION = "Nghị định 63/2024/NĐ-CP, Điều 7", "Quyết định 1872/QĐ-BTP"
VERIFICATION = {"code": "verification", "name": "Cần xác minh", "days": 2, "legal_basis": DECREE}
ADVICE = {"code": "advice", "name": "Phải lấy ý kiến", "days": 5, "legal_basis": DECISION}


def with_conditions(client: Client, *conditions: dict[str, Any]) -> str:
    """The code of a dossier under a version with these conditions."""
    procedure = new_procedure(client, rules={"conditions": list(conditions)})
    return str(received(client, client.token("supervisor"), procedure=procedure)["code"])


def basis_of(client: Client, code: str) -> str:
    items = client.get(f"{DOSSIERS}/{code}/journal", token=client.token("supervisor")).json()["items"]
    return str(items[-1]["data"]["legal_basis"])


def test_the_form_offers_conditions_by_name_with_their_legal_basis(client: Client, officer: Desk) -> None:
    code = with_conditions(client, VERIFICATION)
    form = officer.form(f"{HOME}/d/{code}", "apply-condition")
    assert (form.values["condition"], form.values["legal_basis"]) == ("verification", DECREE)
    page = officer.act(code, "apply-condition")
    assert "Điều kiện của thủ tục: Cần xác minh" in page.text
    dossier = read_dossier(client, code)
    assert (dossier["conditions"], dossier["due_date"]) == (["verification"], "2021-08-23")
    assert basis_of(client, code) == DECREE


def test_an_applied_condition_is_not_offered_again(client: Client, officer: Desk) -> None:
    code = with_conditions(client, VERIFICATION, ADVICE)
    officer.act(code, "apply-condition", condition="verification")
    form = officer.form(f"{HOME}/d/{code}", "apply-condition")
    assert (form.values["condition"], form.values["legal_basis"]) == ("advice", DECISION)
    officer.act(code, "apply-condition")
    assert "apply-condition" not in read_dossier(client, code)["allowed_actions"]
    assert 'id="do-apply-condition"' not in officer.get(f"{HOME}/d/{code}").text


def test_a_condition_is_offered_again_after_a_correction_to_another(client: Client, officer: Desk) -> None:
    code = with_conditions(client, VERIFICATION, ADVICE)
    officer.act(code, "apply-condition", condition="verification")
    corrected(client, client.token("supervisor", HERE), code, sequence=2, changes={"condition": "advice"})
    assert officer.form(f"{HOME}/d/{code}", "apply-condition").values["condition"] == "verification"


@pytest.mark.parametrize(("condition", "basis"), [("verification", DECREE), ("advice", DECISION)])
def test_a_blank_legal_basis_is_that_of_the_chosen_condition(
    client: Client, officer: Desk, condition: str, basis: str
) -> None:
    code = with_conditions(client, VERIFICATION, ADVICE)
    form = officer.form(f"{HOME}/d/{code}", "apply-condition")
    assert form.values["legal_basis"] == "", "two conditions have two"
    answer = officer.get(f"{HOME}/d/{code}")
    assert f"Cần xác minh: {DECREE} Phải lấy ý kiến: {DECISION}" in read(answer).text
    assert officer.fill_in(form, condition=condition).status_code == 303
    assert basis_of(client, code) == basis


def test_another_legal_basis_can_be_written(client: Client, officer: Desk) -> None:
    code = with_conditions(client, VERIFICATION)
    officer.act(code, "apply-condition", legal_basis="Luật Hộ tịch")
    assert basis_of(client, code) == "Luật Hộ tịch"


def test_a_refused_form_keeps_the_choice(client: Client, officer: Desk) -> None:
    code = with_conditions(client, VERIFICATION, ADVICE)
    answer = officer.fill(f"{HOME}/d/{code}", "apply-condition", condition="advice", at="2021-08-20T08:00")
    read(answer, 422)
    form = chosen(answer, "apply-condition")
    assert (form.values["condition"], list(form.errors)) == ("advice", ["at"])
    answer = officer.fill(f"{HOME}/d/{code}", "apply-condition", condition="other", legal_basis="x")
    assert list(chosen(answer, "apply-condition").errors) == ["condition"]
    assert "Thủ tục không có điều kiện này" in read(answer, 422).text
