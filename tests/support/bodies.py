"""Bodies of requests, and first steps of many tests."""

from typing import Any

from tests.support.client import Client

DOSSIERS = "/api/v1/dossiers"
HOA = {
    "kind": "person",
    "name": "Nguyễn Thị Hoa",
    "identity_number": "049185001234",
    "phone": "0905123456",
    "address": "Thôn 2",
    "commune": "20899",
}

NEW_UNIT = {
    "code": "20935",
    "name": "Trà Linh",
    "kind": "commune",
    "type": "Xã",
    "agency_identifier": "000.49.15.H47",
    "parent": "515",
    "valid_from": "2021-01-01",
}


def guardianship(**changes: Any) -> dict[str, Any]:
    """A receipt at Trà My under a procedure of three working days, on the morning of Monday 16 August 2021."""
    body = {
        "procedure": "1.004837",
        "receiving_unit": "20899",
        "applicant": HOA,
        "channel": "counter",
        "summary": "Đăng ký giám hộ",
        "documents": [{"name": "Tờ khai", "form": "original", "copies": 1}],
        "officer": "Trần Văn Minh",
        "at": "2021-08-16T08:30:00+07:00",
    }
    return {**body, **changes}


def received(client: Client, token: str, **changes: Any) -> dict[str, Any]:
    """A new received dossier, in the form of a GET."""
    dossier = receipt(client, token, **changes)
    del dossier["rating_key"], dossier["similar"], dossier["recorded"]
    return dossier


def receipt(client: Client, token: str, **changes: Any) -> dict[str, Any]:
    """A new received dossier, with the fields that only the receipt has."""
    answer = client.post(DOSSIERS, guardianship(**changes), token=token)
    assert answer.status_code == 201, answer.text
    dossier: dict[str, Any] = answer.json()
    return dossier


def corrected(client: Client, supervisor: str, code: str, **body: Any) -> dict[str, Any]:
    """The dossier after a correction that one supervisor requested and another one approved."""
    requested = act(client, supervisor, code, "correct", **{"reason": "ghi nhầm", **body})
    other = client.token("supervisor", client="another supervisor")
    return act(client, other, code, "approve-correction", sequence=requested["version"])


def read_dossier(client: Client, code: str) -> dict[str, Any]:
    """The dossier as a supervisor of all units reads it."""
    dossier: dict[str, Any] = client.get(f"{DOSSIERS}/{code}", token=client.token("supervisor")).json()
    return dossier


def act(client: Client, token: str, code: str, action: str, **body: Any) -> dict[str, Any]:
    """The dossier after an action, which must succeed."""
    answer = client.post(f"{DOSSIERS}/{code}/{action}", body, token=token)
    assert answer.status_code == 200, answer.text
    dossier: dict[str, Any] = answer.json()
    return dossier


def new_procedure(client: Client, **version: Any) -> str:
    """The code of a new procedure of three working days with one version; `version` has further fields of it."""
    body = {
        "code": "8.000001",
        "name": "Đăng ký có điều kiện",
        "field": "Hộ tịch",
        "level": "commune",
        "catalogue": 1,
        "versions": [
            {"effective_from": "2021-01-01", "limits": {"counter": {"amount": 3, "unit": "working_day"}}, **version}
        ],
    }
    answer = client.post("/api/v1/procedures", body, token=client.token("administrator"))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])
