"""OpenAPI document: all of it is described, its examples are valid, and its names are stable."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.main import create_app
from app.settings import Settings
from tests.support.bodies import DOSSIERS
from tests.support.client import Client
from tests.support.openapi import DOCUMENT, OPERATIONS, SCHEMAS, Operation, parameters, resolved

JSON = "application/json"
# Generated clients name their functions by these: another name breaks them (docs/api.md, Versions).
OPERATION_IDS = {
    "delete /api/v1/contacts/{contact_id}": "removeContact",
    "delete /api/v1/webhooks/{webhook_id}": "endWebhook",
    "get /api/v1/calendar/{year}": "getCalendar",
    "get /api/v1/catalogues": "listCatalogues",
    "get /api/v1/contacts": "listContacts",
    "get /api/v1/contacts/{contact_id}": "getContact",
    "get /api/v1/dossiers": "listDossiers",
    "get /api/v1/dossiers/{code}": "getDossier",
    "get /api/v1/dossiers/{code}/access-log": "listAccessLogEntries",
    "get /api/v1/dossiers/{code}/deadline": "getDeadline",
    "get /api/v1/dossiers/{code}/journal": "listJournalEntries",
    "get /api/v1/dossiers/{code}/journal/proof": "getJournalProof",
    "get /api/v1/dossiers/{code}/slips": "listSlips",
    "get /api/v1/dossiers/{code}/slips/{kind}": "getSlip",
    "get /api/v1/late-records": "listLateRecords",
    "get /api/v1/payments": "listPayments",
    "get /api/v1/lookup/{code}": "lookUpDossier",
    "get /api/v1/lookup/{code}/deadline": "lookUpDeadline",
    "get /api/v1/lookup/{code}/views": "listOfficesThatLooked",
    "get /api/v1/outbox": "listMessages",
    "get /api/v1/procedures": "listProcedures",
    "get /api/v1/procedures/{code}": "getProcedure",
    "get /api/v1/procedures/{code}/thresholds": "getThresholds",
    "get /api/v1/ratings": "listRatings",
    "get /api/v1/reminders": "listReminders",
    "get /api/v1/seals": "listSeals",
    "get /api/v1/seals/checkpoint": "getCheckpoint",
    "get /api/v1/seals/consistency": "getConsistencyProof",
    "get /api/v1/seals/keys": "getSealKeys",
    "get /api/v1/seals/stamps": "listSealStamps",
    "get /api/v1/seals/witnessed": "listWitnessedHeads",
    "get /api/v1/seals/{number}/inclusion": "getSealInclusion",
    "get /api/v1/slips/register": "getCounterRegister",
    "get /api/v1/statistics/form-ii-06a": "getFormIi06a",
    "get /api/v1/statistics/lead-time": "getLeadTime",
    "get /api/v1/statistics/lateness": "getLatenessFigures",
    "get /api/v1/statistics/office-table": "getOfficeTable",
    "get /api/v1/statistics/on-time": "getOnTimeFigures",
    "get /api/v1/statistics/on-time/dossiers": "listFigureDossiers",
    "get /api/v1/statistics/patterns": "getPatterns",
    "get /api/v1/statistics/patterns/dossiers": "listPatternDossiers",
    "get /api/v1/statistics/ranking": "getRanking",
    "get /api/v1/statistics/ratings": "getRatingFigures",
    "get /api/v1/statistics/score-table": "getScoreTable",
    "get /api/v1/statistics/trend": "getTrend",
    "get /api/v1/statistics/workload": "getWorkload",
    "get /api/v1/reference/workbook": "exportWorkbook",
    "get /api/v1/tokens": "listTokens",
    "get /api/v1/tokens/current": "getCurrentCaller",
    "get /api/v1/sign-on": "getSignOn",
    "get /api/v1/tokens/{token_id}": "getToken",
    "get /api/v1/units": "listUnits",
    "get /api/v1/units/{unit_id}": "getUnit",
    "get /api/v1/webhooks": "listWebhooks",
    "get /api/v1/webhooks/{webhook_id}": "getWebhook",
    "get /healthz": "getHealth",
    "get /metrics": "getMetrics",
    "get /readyz": "getReadiness",
    "get /readyz/process": "getProcessReadiness",
    "get /readyz/read": "getReadReadiness",
    "get /readyz/write": "getWriteReadiness",
    "patch /api/v1/contacts/{contact_id}": "changeContact",
    "patch /api/v1/dossiers/{code}": "changeParticulars",
    "patch /api/v1/procedures/{code}": "changeProcedure",
    "patch /api/v1/procedures/{code}/versions/{version}": "changeProcedureVersion",
    "patch /api/v1/units/{unit_id}": "changeUnit",
    "post /api/v1/catalogues": "createCatalogue",
    "post /api/v1/contacts": "createContact",
    "post /api/v1/deadline": "computeDeadline",
    "post /api/v1/dossiers": "receiveDossier",
    "post /api/v1/dossiers/search": "searchDossiers",
    "post /api/v1/dossiers/similar": "similarDossiers",
    "post /api/v1/dossiers/{code}/apply-condition": "applyCondition",
    "post /api/v1/dossiers/{code}/approve-correction": "approveCorrection",
    "post /api/v1/dossiers/{code}/correct": "requestCorrection",
    "post /api/v1/dossiers/{code}/decline": "declineDossier",
    "post /api/v1/dossiers/{code}/discontinue": "discontinueDossier",
    "post /api/v1/dossiers/{code}/extend": "extendDossier",
    "post /api/v1/dossiers/{code}/finish": "finishDossier",
    "post /api/v1/dossiers/{code}/forward": "forwardDossier",
    "post /api/v1/dossiers/{code}/pay": "payDossier",
    "post /api/v1/dossiers/{code}/receive": "receiveSubmittedDossier",
    "post /api/v1/dossiers/{code}/reject-correction": "rejectCorrection",
    "post /api/v1/dossiers/{code}/void": "voidEntry",
    "post /api/v1/dossiers/{code}/refund": "refundDossier",
    "post /api/v1/dossiers/{code}/request-payment": "requestPayment",
    "post /api/v1/dossiers/{code}/request-supplement": "requestSupplement",
    "post /api/v1/dossiers/{code}/reschedule": "rescheduleDossier",
    "post /api/v1/dossiers/{code}/resume": "resumeDossier",
    "post /api/v1/dossiers/{code}/return": "returnDossier",
    "post /api/v1/dossiers/{code}/supplement": "supplementDossier",
    "post /api/v1/dossiers/{code}/suspend": "suspendDossier",
    "post /api/v1/dossiers/{code}/take": "takeDossier",
    "post /api/v1/dossiers/{code}/transfer": "transferDossier",
    "post /api/v1/dossiers/{code}/withdraw": "withdrawDossier",
    "post /api/v1/lookup/{code}/rating": "rateDossier",
    "post /api/v1/outbox/{message_id}/resend": "resendMessage",
    "post /api/v1/outages": "recordSystemOutage",
    "post /api/v1/procedures": "createProcedure",
    "post /api/v1/procedures/{code}/versions": "addProcedureVersion",
    "post /api/v1/reminders/{reminder_id}/acknowledge": "acknowledgeReminder",
    "post /api/v1/reminders/{reminder_id}/snooze": "snoozeReminder",
    "post /api/v1/tokens": "issueToken",
    "post /api/v1/tokens/{token_id}/revoke": "revokeToken",
    "post /api/v1/tokens/{token_id}/confirm": "confirmToken",
    "post /api/v1/tokens/{token_id}/rotate": "rotateToken",
    "get /api/v1/persons": "listPersons",
    "get /api/v1/persons/colleagues": "listColleagues",
    "get /api/v1/persons/current": "getCurrentPerson",
    "get /api/v1/persons/{person_id}": "getPerson",
    "get /api/v1/persons/{person_id}/changes": "getPersonChanges",
    "get /api/v1/persons/{person_id}/sessions": "listSessions",
    "get /api/v1/sessions/current": "getSession",
    "post /api/v1/persons": "createPerson",
    "patch /api/v1/persons/{person_id}": "changePerson",
    "post /api/v1/persons/{person_id}/suspend": "suspendPerson",
    "post /api/v1/persons/{person_id}/resume": "resumePerson",
    "post /api/v1/persons/{person_id}/end": "endPerson",
    "post /api/v1/persons/{person_id}/roles": "giveRole",
    "patch /api/v1/persons/{person_id}/roles/{role_id}": "changeRole",
    "post /api/v1/persons/{person_id}/roles/{role_id}/confirm": "confirmRole",
    "post /api/v1/persons/{person_id}/links": "makeLink",
    "post /api/v1/persons/{person_id}/deputies": "setDeputy",
    "post /api/v1/persons/{person_id}/deputies/{entry_id}/withdraw": "withdrawDeputy",
    "delete /api/v1/persons/{person_id}/sessions": "endSessions",
    "delete /api/v1/persons/{person_id}/sessions/{session_id}": "endSessionOf",
    "put /api/v1/sessions/current": "chooseSessionRole",
    "delete /api/v1/sessions/current": "endCurrentSession",
    "post /api/v1/reference/workbook": "importWorkbook",
    "post /api/v1/units": "createUnit",
    "post /api/v1/units/{unit_id}/succeed": "succeedUnit",
    "post /api/v1/webhooks": "subscribeWebhook",
    "post /api/v1/webhooks/{webhook_id}/replay": "replayWebhook",
    "put /api/v1/calendar/{year}": "publishCalendar",
    "put /api/v1/procedures/{code}/thresholds": "setThresholds",
    "put /api/v1/statistics/score-table": "publishScoreTable",
}
WITHOUT_JSON = {
    "get /metrics",
    "get /api/v1/dossiers/{code}/slips/{kind}",
    "get /api/v1/slips/register",
    "get /api/v1/reference/workbook",
    "get /api/v1/seals/checkpoint",
}


each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS])


def references(part: Any) -> Iterator[dict[str, Any]]:
    """Every object with a `$ref` in a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def violations(value: Any, schema: dict[str, Any]) -> list[str]:
    """The violations of a schema of the document by a value."""
    validator = Draft202012Validator(
        {"allOf": [schema], "components": DOCUMENT["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def body_of(name: str) -> Any:
    (operation,) = (operation for operation in OPERATIONS if operation.name == name)
    return operation.data["requestBody"]["content"][JSON]["example"]


# --- The document -----------------------------------------------------------------------------------------------------


def test_the_document_is_openapi_3_1_and_every_reference_resolves() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["title"]
    assert DOCUMENT["info"]["version"]
    parts = list(references(DOCUMENT))
    assert parts
    for part in parts:
        assert resolved(part)


def test_every_schema_is_a_json_schema() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_operations_keep_their_ids() -> None:
    operation_ids = {operation.name: operation.data["operationId"] for operation in OPERATIONS}
    new = {name: operation_ids[name] for name in operation_ids.keys() - OPERATION_IDS.keys()}
    assert not new, f"Add {new} to OPERATION_IDS in tests/api/test_openapi.py; CHANGELOG.md names it too."
    assert operation_ids == OPERATION_IDS
    assert len(set(OPERATION_IDS.values())) == len(OPERATION_IDS)


@pytest.mark.parametrize("operation_id", OPERATION_IDS.values())
def test_an_operation_id_is_a_verb_and_a_noun_in_camel_case(operation_id: str) -> None:
    assert re.fullmatch("[a-z]+([A-Z][a-z0-9]*)+", operation_id)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_component_has_a_name_of_its_own(name: str) -> None:
    assert "__" not in name, "two classes on the wire have this name: rename one of them"
    assert re.fullmatch("[A-Z][A-Za-z0-9]*", name)


def test_the_document_is_built_once_and_does_not_change() -> None:
    app = create_app(Settings(database_url="sqlite:///never.db"))
    assert app.openapi() is app.openapi()
    assert app.openapi() == DOCUMENT


@each_operation
def test_every_operation_is_described(operation: Operation) -> None:
    assert operation.data["summary"].strip()
    assert operation.data["description"].strip()
    assert operation.data["description"] != operation.data["summary"]


@each_operation
def test_every_parameter_is_described_and_unique(operation: Operation) -> None:
    described = parameters(operation)
    assert [parameter["name"] for parameter in described if not parameter.get("description", "").strip()] == []
    assert len({(parameter["name"], parameter["in"]) for parameter in described}) == len(described)


@each_operation
def test_no_parameter_is_null(operation: Operation) -> None:
    """A client that sends null sends an empty value, and that is refused."""
    for parameter in parameters(operation):
        Draft202012Validator.check_schema(parameter["schema"])
        assert {"type": "null"} not in parameter["schema"].get("anyOf", []), parameter["name"]


@each_operation
def test_every_answer_has_a_type(operation: Operation) -> None:
    _status, response = operation.success
    assert response["content"]
    for media_type, media in response["content"].items():
        schema = resolved(media["schema"])
        assert schema.get("type"), media_type
        is_binary = schema.get("format") == "binary"
        assert is_binary == (not media_type.startswith("text/") and media_type != JSON), media_type


@each_operation
def test_json_is_the_first_type_of_an_answer(operation: Operation) -> None:
    """Generators take the first type that they know."""
    _status, response = operation.success
    assert operation.name in WITHOUT_JSON or next(iter(response["content"])) == JSON


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_field_is_described(name: str) -> None:
    fields = SCHEMAS[name].get("properties", {})
    assert [name for name, field in fields.items() if not field.get("description", "").strip()] == []


# --- Examples ---------------------------------------------------------------------------------------------------------


@each_operation
def test_every_request_body_has_a_valid_example(operation: Operation) -> None:
    if "requestBody" not in operation.data:
        assert operation.name.startswith(("get ", "delete "))
        return
    if operation.name == "post /api/v1/reference/workbook":
        assert JSON not in operation.data["requestBody"]["content"]
        return
    media = operation.data["requestBody"]["content"][JSON]
    assert media["example"]
    assert violations(media["example"], media["schema"]) == []


@each_operation
def test_every_answer_has_a_valid_example(operation: Operation) -> None:
    _status, response = operation.success
    if operation.name in WITHOUT_JSON:
        assert JSON not in response.get("content", {})
        return
    media = response["content"][JSON]
    assert media["example"]
    assert violations(media["example"], media["schema"]) == []


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_example_of_a_schema_is_valid(name: str) -> None:
    schema = SCHEMAS[name]
    for example in schema.get("examples", []):
        assert violations(example, schema) == []
    for field in schema.get("properties", {}).values():
        for example in field.get("examples", []):
            assert violations(example, field) == []


@each_operation
def test_every_problem_has_a_valid_example(operation: Operation) -> None:
    (media,) = operation.data["responses"]["default"]["content"].values()
    assert violations(media["example"], media["schema"]) == []


# --- Headers ----------------------------------------------------------------------------------------------------------


@each_operation
def test_a_201_has_the_location_of_the_new_resource(operation: Operation) -> None:
    status, response = operation.success
    assert ("Location" in response.get("headers", {})) == (status == "201")


@each_operation
def test_every_read_has_an_etag_and_a_304(operation: Operation) -> None:
    _status, response = operation.success
    sent = {parameter["name"] for parameter in parameters(operation)}
    conditional = operation.name.startswith("get /api/")
    assert ("304" in operation.data["responses"]) == conditional
    assert ("If-None-Match" in sent) == conditional
    assert not conditional or "ETag" in response["headers"]


@each_operation
def test_every_problem_describes_retry_after(operation: Operation) -> None:
    assert resolved(operation.data["responses"]["default"]["headers"]["Retry-After"])["description"]


# --- Tokens and links -------------------------------------------------------------------------------------------------


def test_the_document_says_where_a_token_is_required_or_optional() -> None:
    security = {operation.name: operation.data.get("security") for operation in OPERATIONS}
    assert security["get /api/v1/statistics/workload"] == [{}, {"token": []}]
    assert security["get /api/v1/dossiers"] == [{"token": []}]
    assert security["get /api/v1/lookup/{code}"] is None
    assert list(DOCUMENT["components"]["securitySchemes"]) == ["token"]


def test_links_lead_from_a_new_resource_to_all_operations_on_it() -> None:
    names = {operation.data["operationId"]: operation.name for operation in OPERATIONS}
    for path, name, field in (
        ("/api/v1/dossiers", "{code}", "code"),
        ("/api/v1/units", "{unit_id}", "id"),
        ("/api/v1/procedures", "{code}", "code"),
        ("/api/v1/tokens", "{token_id}", "id"),
    ):
        (creation,) = (operation for operation in OPERATIONS if operation.name == f"post {path}")
        links = creation.success[1]["links"]
        on_it = {operation for operation in names.values() if operation.split()[1].startswith(f"{path}/{name}")}
        assert on_it <= {names[link["operationId"]] for link in links.values()}
        values = {(parameter, value) for link in links.values() for parameter, value in link["parameters"].items()}
        assert values == {(name.strip("{}"), f"$response.body#/{field}")}


# --- The service beside the document ----------------------------------------------------------------------------------


def test_the_example_of_a_receipt_is_accepted_and_answered_as_described(app_client: Client) -> None:
    token = app_client.token("supervisor", "20899")
    answer = app_client.post(DOSSIERS, body_of(f"post {DOSSIERS}"), token=token)
    assert answer.status_code == 201, answer.text
    assert violations(answer.json(), SCHEMAS["DossierOut"]) == []
    assert answer.headers.keys() >= {"location", "etag"}


def test_the_example_of_a_search_finds_a_dossier(app_client: Client) -> None:
    token = app_client.token("supervisor", "20899")
    app_client.post(DOSSIERS, body_of(f"post {DOSSIERS}"), token=token)
    answer = app_client.post(f"{DOSSIERS}/search", body_of(f"post {DOSSIERS}/search"), token=token)
    assert [item["applicant"]["name"] for item in answer.json()["items"]] == ["Nguyễn Thị Hoa"]
    assert violations(answer.json(), SCHEMAS["DossierPage"]) == []


def test_a_refused_parameter_is_described_in_the_problem(app_client: Client) -> None:
    answer = app_client.get(f"{DOSSIERS}?limit=0", token=app_client.token("clerk", "20899"))
    assert answer.json()["errors"][0]["in"] == "query"
    assert violations(answer.json(), SCHEMAS["Problem"]) == []
    assert SCHEMAS["FieldError"]["properties"].keys() == {"pointer", "code", "detail", "in"}
    assert SCHEMAS["FieldError"]["required"] == ["pointer", "code", "detail"]
