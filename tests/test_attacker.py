"""Attacks with a clerk's token of one commune on the data of another.

The attacker has a token of Trà Kót (20902). The attacked dossier of Nguyễn Thị Hoa is at Trà My (20899).
"""

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.main import create_app
from app.settings import Settings
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, guardianship, receipt, received
from tests.support.client import Call, Client

API = "/api/v1"
TOKENS, STATISTICS = f"{API}/tokens", f"{API}/statistics"
HERE, ELSEWHERE = "20902", "20899"
SECRETS = ("Hoa", "049185001234", "0905123456", "Thôn 2", "Trần Văn Minh", "Đăng ký giám hộ")
PERIOD = "from=2021-08-01&to=2021-08-31"

INJECTIONS = (
    "' OR 1=1 --",
    "'; DROP TABLE dossiers; --",
    '" OR ""="',
    "1) OR (1=1",
    "' UNION SELECT token_hash FROM tokens --",
    "\\'; SELECT pg_sleep(5); --",
    "$$; SELECT 1; $$",
    ":1 %s ? {0} ${jndi:ldap://127.0.0.1/a}",
    "%",
    "_",
    "%%%___",
    "\\",
    "*",
    "../../../etc/passwd",
)


class Scene:
    """A register with a dossier of another commune, and one of the attacker's."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.supervisor = client.token("supervisor", client="Trà My")
        self.administrator = client.token("administrator", client="quản trị")
        self.attacker = client.token("clerk", HERE, client="quầy của kẻ tấn công")
        theirs = receipt(client, self.supervisor)
        self.code: str = theirs["code"]
        self.their_key: str = theirs["rating_key"]
        self.theirs = client.get(f"{DOSSIERS}/{self.code}", token=self.supervisor).json()
        about = {"applicant": {"name": "Kẻ Tấn Công"}, "summary": "của tôi", "officer": None}
        self.mine = receipt(client, self.attacker, receiving_unit=HERE, **about)
        self.my_key: str = self.mine.pop("rating_key")
        del self.mine["similar"], self.mine["recorded"]

    def get(self, path: str, **options: Any) -> httpx.Response:
        """The answer to the attacker's GET."""
        return self.client.get(path, token=self.attacker, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """The answer to the attacker's POST."""
        return self.client.post(path, json, token=self.attacker, **options)

    def unchanged(self) -> None:
        """Checks that the other dossier is unchanged."""
        now = self.client.get(f"{DOSSIERS}/{self.code}", token=self.supervisor).json()
        assert now == self.theirs

    def unit(self, code: str) -> int:
        """The id of the unit with this code today."""
        units = self.client.get(f"{API}/units?on=2021-08-16&limit=500").json()["items"]
        return int(next(unit["id"] for unit in units if unit["code"] == code))


@pytest.fixture
def scene(seeded_url: str) -> Iterator[Scene]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield Scene(client)


# Paths that read one dossier. A test compares these and the changes with the OpenAPI document.
READ = ("", "/journal", "/journal/proof", "/access-log", "/deadline", "/slips", "/slips/{kind}")


def tells_nothing(answer: httpx.Response, code: str = "") -> None:
    """Checks that the answer contains no text of the dossier, nor `code`."""
    for secret in (*SECRETS, *([code] if code else [])):
        assert secret not in answer.text, answer.text


def no_failure(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    tells_nothing(answer)
    assert not re.search(r"sqlite|postgres|syntax error|traceback", answer.text, re.IGNORECASE)


# --- Reading other dossiers -------------------------------------------------------------------------------------------


def test_another_communes_dossier_is_not_shown(scene: Scene) -> None:
    for path in READ:
        answer = scene.get(f"{DOSSIERS}/{scene.code}{path.replace('{kind}', 'receipt')}")
        assert answer.status_code == 403
        # Clerks may not read any access log.
        assert answer.json()["code"] == ("role_may_not" if path == "/access-log" else "dossier_of_other_units")
        tells_nothing(answer)


def test_a_refusal_reveals_no_more_than_the_public_look_up(scene: Scene) -> None:
    """The existence of a code is public, its unit and its content are not."""
    foreign, unknown = scene.get(f"{DOSSIERS}/{scene.code}"), scene.get(f"{DOSSIERS}/000.31.15.H47-210816-9999")
    assert (foreign.status_code, unknown.status_code) == (403, 404)
    assert scene.client.get(f"{API}/lookup/{scene.code}").status_code == 200
    assert scene.client.get(f"{API}/lookup/000.31.15.H47-210816-9999").status_code == 404
    assert foreign.json().keys() == unknown.json().keys()
    tells_nothing(foreign)
    for word in ("Trà My", ELSEWHERE, "received", "1.004837"):
        assert word not in foreign.text


def test_the_public_look_up_shows_no_personal_data_to_clerks(scene: Scene) -> None:
    tells_nothing(scene.get(f"{API}/lookup/{scene.code}"))
    tells_nothing(scene.get(f"{API}/lookup/{scene.code}/deadline"))


def test_comments_of_ratings_are_hidden_elsewhere_and_clerks_cannot_rate(scene: Scene) -> None:
    act(scene.client, scene.supervisor, scene.code, "finish", outcome="granted")
    act(scene.client, scene.supervisor, scene.code, "return", received_by="x", how="counter")
    path, words = f"{API}/lookup/{scene.code}/rating", "Trần Văn Minh rất tận tình"
    own_key = scene.post(path, {"key": scene.my_key, "score": 1})
    assert (own_key.status_code, own_key.json()["code"]) == (404, "rating_key_wrong")
    tells_nothing(own_key)
    given = scene.client.post(path, {"key": scene.their_key, "score": 5, "comment": words})
    assert given.is_success
    tells_nothing(given)
    for query in ("", "?limit=500"):
        assert scene.get(f"{API}/ratings{query}").json()["items"] == []
    for query in INJECTIONS:
        no_failure(scene.get(f"{API}/ratings", params={"cursor": query}))
        no_failure(scene.post(path, {"key": query, "score": 1, "comment": query}))


def test_a_list_without_filters_has_only_own_dossiers(scene: Scene) -> None:
    for query in ("", "?open=true&open=false", "?sort=received", "?sort=-received", "?limit=500", "?subtree=true"):
        answer = scene.get(DOSSIERS + query)
        assert [item["code"] for item in answer.json()["items"]] == [scene.mine["code"]], query
        tells_nothing(answer, scene.code)


def test_no_filter_shows_dossiers_outside_the_subtree(scene: Scene) -> None:
    there, province = scene.unit(ELSEWHERE), scene.unit("49")
    filters = [f"{place}_unit={ELSEWHERE}" for place in ("holder", "responsible", "receiving")]
    filters += [f"{place}_unit_id={there}" for place in ("holder", "responsible", "receiving")]
    filters += [f"receiving_unit_id={province}", f"holder_unit_id={there}&holder_unit_id={scene.unit(HERE)}"]
    filters += ["officer=Trần Văn Minh", f"q={scene.code}", "q=-", "q=H47", "clock=running&status=received"]
    for query in filters:
        for wider in ("", "&subtree=true", "&open=true&open=false", "&on=2026-01-01"):
            answer = scene.get(f"{DOSSIERS}?{query}{wider}")
            assert answer.status_code in (200, 422), answer.text
            tells_nothing(answer, scene.code if not query.startswith("q=") else "")
            assert scene.code not in [item["code"] for item in answer.json().get("items", [])], query


def test_no_search_shows_dossiers_outside_the_subtree(scene: Scene) -> None:
    for body in (
        {"name": "hoa"},
        {"name": "n"},
        {"identity_number": "049185001234"},
        {"phone": "0905123456"},
        {"receiving_unit": [ELSEWHERE], "subtree": True, "open": [True, False]},
        {"holder_unit_id": [scene.unit(ELSEWHERE), scene.unit(HERE)]},
        {},
    ):
        answer = scene.post(f"{DOSSIERS}/search", body)
        assert answer.status_code == 200, answer.text
        tells_nothing(answer, scene.code)


def test_a_cursor_of_another_callers_list_shows_only_own_dossiers(scene: Scene) -> None:
    for _ in range(3):
        received(scene.client, scene.supervisor)
    page = scene.client.get(f"{DOSSIERS}?limit=1&sort=received", token=scene.supervisor).json()
    while page["next_cursor"]:
        answer = scene.get(f"{DOSSIERS}?limit=1&sort=received&cursor={page['next_cursor']}")
        assert answer.status_code == 200
        tells_nothing(answer, scene.code)
        again = f"{DOSSIERS}?limit=1&sort=received&cursor={page['next_cursor']}"
        page = scene.client.get(again, token=scene.supervisor).json()


def forged(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


FORGED = (
    forged("due", None, 0),
    forged("due", {"t": "0001-01-01T00:00:00+07:00"}, 1),
    forged("due", {"t": "9999-12-31T23:59:59-07:00"}, 1),
    forged("due", {"t": "2021-08-16T00:00:00+00:00"}, -(2**62)),
    forged("due", {"t": "2021-08-16T00:00:00+00:00"}, 2**63),
    forged("due", "' OR 1=1 --", 1),
    forged("due; DROP TABLE dossiers", None, 1),
    forged("due", {"t": "2021-08-16", "d": "x"}, 1),
    forged("due", None, True),
    forged("due", None, 1.5),
    forged("received", {"d": "0001-01-01"}, 1),
    forged(),
    forged([[[[]]]]),
    "e30",
    "AAAA",
    "%00",
    "=" * 900,
)


def test_forged_cursors_reveal_and_break_nothing(scene: Scene) -> None:
    drilled = f"{STATISTICS}/on-time/dossiers?by=field&unit={ELSEWHERE}&figure=received&{PERIOD}"
    stood = [forged("received", 0, {"t": "0001-01-01T00:00:00+07:00"}, 1, 1, -(2**60))]
    stood += [forged("received", 0, {"t": "2021-01-01T00:00:00+07:00"}, 0, 0, given) for given in (-5, 0, 2**62)]
    stood += [forged("received", part, {"t": "2021-01-01T00:00:00+07:00"}, 0, 0, 0) for part in (-1, 99)]
    for cursor in (*FORGED, *stood):
        for address in (f"{DOSSIERS}?cursor={cursor}", f"{drilled}&cursor={cursor}", f"{TOKENS}?cursor={cursor}"):
            answer = scene.get(address)
            no_failure(answer)
            tells_nothing(answer, scene.code)
        no_failure(scene.post(f"{DOSSIERS}/search", {"cursor": cursor}))
        no_failure(scene.get(f"{DOSSIERS}/{scene.mine['code']}/journal?cursor={cursor}"))


def test_figures_of_other_units_do_not_list_their_dossiers(scene: Scene) -> None:
    for unit in (f"unit={ELSEWHERE}", f"unit_id={scene.unit(ELSEWHERE)}", ""):
        for figure in ("received", "open.total", "open.in_time"):
            path = f"{STATISTICS}/on-time/dossiers?by=field&figure={figure}&{PERIOD}&{unit}"
            answer = scene.get(path)
            assert answer.status_code in (200, 403), answer.text
            tells_nothing(answer, scene.code)


def test_public_figures_have_no_personal_data(scene: Scene) -> None:
    for path in (
        f"on-time?by=commune&{PERIOD}",
        f"workload?unit={ELSEWHERE}",
        f"trend?{PERIOD}",
        f"lead-time?{PERIOD}",
        "ratings?by=commune&period=2021-07",
        "ranking?of=commune&period=2021",
        f"form-ii-06a?unit={ELSEWHERE}&{PERIOD}",
    ):
        answer = scene.get(f"{STATISTICS}/{path}")
        assert answer.status_code == 200, answer.text
        tells_nothing(answer, scene.code)
    tells_nothing(scene.get("/metrics"), scene.code)


# --- Changing other dossiers ------------------------------------------------------------------------------------------

BODIES: dict[str, dict[str, Any]] = {
    "receive": {},
    "decline": {"reason": "x"},
    "forward": {"to_unit": HERE},
    "take": {},
    "request-supplement": {"reason": "x", "documents": [{"name": "x"}]},
    "supplement": {},
    "request-payment": {"amount": 1},
    "pay": {},
    "refund": {"amount": 1, "reason": "x"},
    "suspend": {"reason": "x", "legal_basis": "x"},
    "resume": {},
    "apply-condition": {"condition": "x", "legal_basis": "x"},
    "extend": {"days": 1, "legal_basis": "x"},
    "reschedule": {"reason": "x", "promised_date": "2021-08-24"},
    "transfer": {"to_unit": HERE, "reason": "x", "legal_basis": "x"},
    "finish": {"outcome": "granted"},
    "return": {"received_by": "x", "how": "counter"},
    "withdraw": {"request": "x"},
    "discontinue": {"reason": "x", "legal_basis": "x"},
    "correct": {"reason": "x", "sequence": 1, "changes": {"at": "2021-08-16T08:00:00+07:00"}},
    "approve-correction": {"sequence": 1},
    "reject-correction": {"reason": "x", "sequence": 1},
    "void": {"reason": "x", "sequence": 1},
}


def test_another_communes_dossier_cannot_be_changed(scene: Scene) -> None:
    for action, body in BODIES.items():
        answer = scene.post(f"{DOSSIERS}/{scene.code}/{action}", body)
        assert answer.status_code == 403, (action, answer.text)
        tells_nothing(answer)
        assert "allowed_actions" not in answer.json()
    answer = scene.client.patch(f"{DOSSIERS}/{scene.code}", {"summary": "x"}, token=scene.attacker)
    assert answer.status_code == 403
    scene.unchanged()


def test_every_operation_on_a_dossier_is_tested_here() -> None:
    document = create_app(Settings(database_url="sqlite:///never.db")).openapi()
    prefix = f"{DOSSIERS}/{{code}}"
    paths = {path.removeprefix(prefix): methods for path, methods in document["paths"].items() if prefix in path}
    assert {path for path, methods in paths.items() if "get" in methods} == set(READ)
    assert {path.removeprefix("/") for path, methods in paths.items() if "post" in methods} == BODIES.keys()


@pytest.mark.parametrize(
    "version", ["*", '"1"', '"1-0000"', 'W/"1"', '"0", "1"', '"999"', '"-1"', "1", '"1' + "1" * 99]
)
def test_if_match_grants_no_access(scene: Scene, version: str) -> None:
    for action in ("take", "withdraw", "forward"):
        answer = scene.post(f"{DOSSIERS}/{scene.code}/{action}", BODIES[action], headers={"If-Match": version})
        assert answer.status_code == 403, answer.text
    scene.unchanged()


def test_only_readers_get_a_refusal_for_a_changed_version(scene: Scene) -> None:
    answer = scene.post(f"{DOSSIERS}/{scene.code}/withdraw", BODIES["withdraw"], headers={"If-Match": '"7"'})
    assert answer.status_code == 403
    assert "version" not in answer.json()


def test_no_receipt_at_another_counter(scene: Scene) -> None:
    there = scene.unit(ELSEWHERE)
    for unit in (ELSEWHERE, there):
        answer = scene.post(DOSSIERS, guardianship(receiving_unit=unit))
        assert (answer.status_code, answer.json()["code"]) == (403, "unit_of_others")
        assert scene.post(DOSSIERS, guardianship(receiving_unit=unit, submit=True)).status_code == 403


def test_a_body_with_a_duplicate_name_is_refused(scene: Scene) -> None:
    """Otherwise one value could be checked and the other one used."""
    body = json.dumps(guardianship(receiving_unit=HERE))
    twice = body[:-1] + f', "receiving_unit": "{ELSEWHERE}"}}'
    answer = scene.client.request(
        "POST", DOSSIERS, token=scene.attacker, content=twice, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "duplicate_key")


def test_an_external_code_does_not_reveal_another_communes_dossier(scene: Scene) -> None:
    external = [{"system": "dvcqg", "code": "G22.99-210816-0001"}]
    taken = received(scene.client, scene.supervisor, external=external)["code"]
    answer = scene.post(DOSSIERS, guardianship(receiving_unit=HERE, external=external))
    assert (answer.status_code, answer.json()["code"]) == (409, "external_known")
    assert taken not in answer.text
    own = scene.client.post(DOSSIERS, guardianship(external=external), token=scene.supervisor)
    assert taken in own.text, "readers of the dossier get its code"


# --- More rights ------------------------------------------------------------------------------------------------------


def test_a_clerk_cannot_issue_or_read_tokens(scene: Scene) -> None:
    for role in ("clerk", "supervisor", "administrator"):
        answer = scene.post(TOKENS, {"client": "mine", "role": role, "unit": HERE})
        assert (answer.status_code, answer.json()["code"]) == (403, "administrators_only")
    for token_id in range(1, 6):
        for path in ("revoke", "rotate"):
            assert scene.post(f"{TOKENS}/{token_id}/{path}", {}).status_code == 403
        assert scene.get(f"{TOKENS}/{token_id}").status_code == 403
    assert scene.get(TOKENS).status_code == 403


def test_no_header_grants_a_role(scene: Scene) -> None:
    for name, value in (
        ("X-Role", "administrator"),
        ("X-User", "quản trị".encode()),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-User", "admin"),
        ("X-Original-URL", TOKENS),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Remote-User", "root"),
        ("Forwarded", "for=127.0.0.1"),
        ("Cookie", "role=administrator; token=x"),
    ):
        headers: Any = {name: value}
        assert scene.get(TOKENS, headers=headers).status_code == 403, name
        assert scene.get(f"{DOSSIERS}/{scene.code}", headers=headers).status_code == 403, name


def test_a_second_token_in_a_request_grants_nothing(scene: Scene) -> None:
    both = [("Authorization", f"Bearer {scene.attacker}"), ("Authorization", f"Bearer {scene.administrator}x")]
    for pair in (both, both[::-1]):
        answer = scene.client.request("GET", TOKENS, headers=pair)  # type: ignore[arg-type]
        assert answer.status_code in (401, 403), answer.text


def test_fields_outside_the_operation_are_refused(scene: Scene) -> None:
    extra = {
        "role": "administrator",
        "unit": ELSEWHERE,
        "client": "quản trị",
        "status": "returned",
        "flags": [],
        "version": 99,
        "id": 1,
        "code": "000.31.15.H47-210816-0001",
        "closed": True,
        "holder_unit": HERE,
        "due_date": "2030-01-01",
        "recorded_at": "2021-08-16T08:30:00+07:00",
        "unit_id": 1,
        "verdict": "early",
        "__proto__": {"role": "administrator"},
        "constructor": {},
    }
    mine = f"{DOSSIERS}/{scene.mine['code']}"
    for name, value in extra.items():
        calls = [Call("POST", DOSSIERS, guardianship(receiving_unit=HERE, **{name: value}))]
        calls += [Call("PATCH", mine, {"summary": "x", name: value})]
        calls += [Call("POST", f"{mine}/withdraw", {**BODIES["withdraw"], name: value})]
        calls += [Call("PATCH", mine, {"applicant": {"name": "x", name: value}})]
        for call in calls:
            answer = scene.client.request(
                call.method, call.path, headers=call.headers, **call.body, token=scene.attacker
            )
            assert answer.status_code == 422, (call, answer.text)
    assert scene.get(mine).json() == scene.mine


def test_a_correction_changes_only_fields_of_its_entry(scene: Scene) -> None:
    boss = scene.client.token("supervisor", HERE, client="trưởng phòng")
    for name in ("receiving_unit", "client", "recorded_at", "sequence", "unit", "type", "flags", "due_date", "code"):
        body = {"reason": "x", "sequence": 1, "changes": {name: ELSEWHERE}}
        answer = scene.client.post(f"{DOSSIERS}/{scene.mine['code']}/correct", body, token=boss)
        assert answer.status_code == 422, (name, answer.text)


def test_an_administrator_of_a_commune_has_no_rights_elsewhere(scene: Scene) -> None:
    chief = scene.client.token("administrator", HERE, client="quản trị xã")
    there = scene.unit(ELSEWHERE)
    for body in (
        {"client": "x", "role": "clerk"},
        {"client": "x", "role": "clerk", "unit": ELSEWHERE},
        {"client": "x", "role": "clerk", "unit": there},
        {"client": "quản trị", "role": "administrator", "unit": HERE},
        {"client": "Trà My", "role": "clerk", "unit": HERE},
    ):
        assert scene.client.post(TOKENS, body, token=chief).status_code == 403, body
    assert scene.client.get(f"{DOSSIERS}/{scene.code}", token=chief).status_code == 403
    for path, body in (
        (f"{API}/units/{there}/succeed", {"into": HERE, "on": "2021-08-16"}),
        (f"{API}/units", {"code": "1", "name": "x", "kind": "commune", "type": "Xã", "agency_identifier": "H47.99.99"}),
    ):
        assert scene.client.post(path, body, token=chief).status_code in (403, 422)
    answer = scene.client.patch(f"{API}/units/{scene.unit(HERE)}", {"name": "Trà My"}, token=chief)
    assert answer.status_code == 403


# --- Invalid tokens ---------------------------------------------------------------------------------------------------


def issued(scene: Scene, **body: Any) -> dict[str, Any]:
    request = {"client": "quầy 7", "role": "clerk", "unit": ELSEWHERE, **body}
    token: dict[str, Any] = scene.client.post(TOKENS, request, token=scene.administrator).json()
    return token


def test_a_revoked_expired_or_rotated_token_is_invalid(scene: Scene) -> None:
    revoked = issued(scene)
    expiring = issued(scene, expires_at=(NOW + timedelta(hours=1)).isoformat())
    rotated = issued(scene)
    for token in (revoked, expiring, rotated):
        assert scene.client.get(f"{DOSSIERS}/{scene.code}", token=token["secret"]).status_code == 200
    scene.client.post(f"{TOKENS}/{revoked['id']}/revoke", {}, token=scene.administrator)
    scene.client.post(f"{TOKENS}/{rotated['id']}/rotate", {"overlap_hours": 1}, token=scene.administrator)
    scene.client.now = NOW + timedelta(hours=1)
    for token, code in ((revoked, "token_revoked"), (expiring, "token_expired"), (rotated, "token_expired")):
        for call in (Call("GET", f"{DOSSIERS}/{scene.code}"), Call("POST", f"{DOSSIERS}/{scene.code}/withdraw", {})):
            answer = scene.client.request(
                call.method, call.path, headers=call.headers, **call.body, token=token["secret"]
            )
            assert (answer.status_code, answer.json()["code"]) == (401, code)
            tells_nothing(answer)


def test_a_revoked_token_gets_no_stored_response(scene: Scene) -> None:
    token = issued(scene)
    key = {"Idempotency-Key": "one"}
    assert scene.client.post(DOSSIERS, guardianship(), token=token["secret"], headers=key).status_code == 201
    scene.client.post(f"{TOKENS}/{token['id']}/revoke", {}, token=scene.administrator)
    assert scene.client.post(DOSSIERS, guardianship(), token=token["secret"], headers=key).status_code == 401


def test_a_token_in_the_address_or_the_body_is_ignored(scene: Scene) -> None:
    token = scene.administrator
    for name in ("token", "access_token", "authorization", "Authorization", "bearer", "api_key"):
        answer = scene.client.get(f"{DOSSIERS}?{name}={token}")
        assert answer.status_code == 401
        assert token not in answer.text
        assert scene.client.post(f"{DOSSIERS}/search", {name: token}).status_code in (401, 422)
        assert scene.client.get(DOSSIERS, headers={"Cookie": f"{name}={token}"}).status_code == 401


def test_a_nearly_correct_token_is_invalid(scene: Scene) -> None:
    token = scene.administrator
    for wrong in (token[:-1], token + "x", token.swapcase(), token[::-1], f'"{token}"', f"{token}\t", token + "%00"):
        answer = scene.client.get(TOKENS, headers={"Authorization": f"Bearer {wrong}"})
        assert answer.status_code == (200 if wrong.strip() == token else 401), wrong


# --- Guessing codes ---------------------------------------------------------------------------------------------------


def test_guessed_codes_reveal_to_clerks_only_public_facts(scene: Scene) -> None:
    for _ in range(3):
        received(scene.client, scene.supervisor)
    stem = scene.code.rpartition("-")[0]
    for ordinal in range(8):
        code = f"{stem}-{ordinal:04}"
        public = scene.client.get(f"{API}/lookup/{code}")
        answers = [scene.get(f"{DOSSIERS}/{code}{path}") for path in ("", "/journal", "/deadline")]
        answers.append(scene.post(f"{DOSSIERS}/{code}/take", {}))
        for answer in answers:
            assert answer.status_code == (403 if public.status_code == 200 else 404)
            tells_nothing(answer)


def test_another_spelling_of_a_code_grants_no_access(scene: Scene) -> None:
    for written in (
        scene.code.lower(),
        f" {scene.code}",
        f"{scene.code}%20",
        scene.code.replace("-", "%2D"),
        scene.code.replace("-", "–"),
        f"{scene.code}/",
        f"{scene.code}%2Fjournal",
        f"./{scene.code}",
        f"x/../{scene.code}",
        f"{scene.code}%00",
        f"{scene.code};a=b",
        f"{scene.code}?x=1#y",
    ):
        answer = scene.get(f"{DOSSIERS}/{written}")
        assert answer.status_code in (403, 404, 422), (written, answer.text)
        tells_nothing(answer)


# --- Injection --------------------------------------------------------------------------------------------------------


def test_no_injection_by_addresses(scene: Scene) -> None:
    for text in INJECTIONS:
        for name in ("q", "officer", "procedure", "field", "holder_unit", "receiving_unit", "cursor", "sort", "status"):
            answer = scene.get(DOSSIERS, params={name: text})
            no_failure(answer)
            tells_nothing(answer, scene.code)
        for path in (f"{DOSSIERS}/{{}}", f"{API}/lookup/{{}}", f"{API}/procedures/{{}}", f"{API}/units/{{}}"):
            no_failure(scene.get(path.format(quote(text, safe=""))))
        for name in ("unit", "field", "procedure", "by", "from", "channel", "row", "figure"):
            no_failure(scene.get(f"{STATISTICS}/on-time", params={"by": "commune", name: text}))
            no_failure(scene.get(f"{STATISTICS}/on-time/dossiers", params={"by": "field", name: text}))
        for name in ("q", "field", "unit", "catalogue", "kind", "parent"):
            no_failure(scene.get(f"{API}/procedures", params={name: text}))
            no_failure(scene.get(f"{API}/units", params={name: text}))
    scene.unchanged()


def test_no_injection_by_bodies(scene: Scene) -> None:
    for text in INJECTIONS:
        applicant = dict.fromkeys(("name", "identity_number", "phone", "email", "address", "commune"), text)
        body = guardianship(receiving_unit=HERE, summary=text, officer=text, applicant=applicant)
        body["documents"] = [{"name": text}]
        body["external"] = [{"system": text, "code": text}]
        answer = scene.post(DOSSIERS, body)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 201:
            assert answer.json()["applicant"]["name"] == text
            assert answer.json()["officer"] == text
        no_failure(scene.post(DOSSIERS, guardianship(receiving_unit=text)))
        no_failure(scene.post(DOSSIERS, guardianship(receiving_unit=HERE, procedure=text)))
        for name in ("name", "identity_number", "phone", "q", "officer", "holder_unit", "cursor"):
            no_failure(scene.post(f"{DOSSIERS}/search", {name: text}))
    scene.unchanged()


def test_a_wildcard_is_an_ordinary_character(scene: Scene) -> None:
    for wildcard in ("%", "_", "%a%", "0%1", "____", "\\", "\\%", "*", "?", "[a-z]"):
        assert scene.get(DOSSIERS, params={"q": wildcard}).json()["items"] == []
        assert scene.post(f"{DOSSIERS}/search", {"name": wildcard}).json()["items"] == []


def test_no_injection_by_headers(scene: Scene) -> None:
    for text in INJECTIONS:
        for name in ("Idempotency-Key", "If-Match", "If-None-Match", "Accept-Language", "X-Request-Id", "Accept"):
            no_failure(scene.get(DOSSIERS, headers={name: text}))
            withdrawn = scene.post(f"{DOSSIERS}/{scene.code}/withdraw", {}, headers={name: text})
            assert withdrawn.status_code < 500
        answer = scene.client.get(DOSSIERS, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401
        no_failure(answer)
    scene.unchanged()


def test_nul_and_control_characters_are_refused_everywhere(scene: Scene) -> None:
    for path in (f"{DOSSIERS}/a%00b", f"{DOSSIERS}?q=a%00b", f"{API}/lookup/%0d%0a", f"{API}/units/1%00"):
        answer = scene.get(path)
        assert answer.status_code in (404, 422), answer.text
    for text in ("a\x00b", "a\r\nX: y", "a\x1b[31m", "\u202eabc"):
        applicant = {"name": text}
        assert scene.post(DOSSIERS, guardianship(receiving_unit=HERE, applicant=applicant)).status_code == 422
        assert scene.post(f"{DOSSIERS}/search", {"name": text}).status_code == 422


def test_a_line_break_in_a_request_id_is_not_used(scene: Scene) -> None:
    for value in (b"a b", b"a%0d%0aX-Evil: 1", b"\xff", b"a" * 65, b"<script>"):
        answer = scene.client.get(DOSSIERS, headers={"X-Request-Id": value})
        assert answer.headers["x-request-id"].encode("latin-1") != value
        assert "x-evil" not in answer.headers


def test_text_of_an_address_is_returned_as_data_only(scene: Scene) -> None:
    answer = scene.get(f"{DOSSIERS}/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "<script>" not in answer.json()["instance"]
    location = scene.post(DOSSIERS, guardianship(receiving_unit=HERE)).headers["location"]
    assert re.fullmatch(r"/api/v1/dossiers/[A-Z0-9.\-]+", location)


# --- Formulas ---------------------------------------------------------------------------------------------------------

TABLES = (
    f"on-time?by=commune&{PERIOD}",
    f"on-time?by=field&{PERIOD}",
    f"on-time?by=procedure&{PERIOD}",
    f"trend?by=commune&{PERIOD}",
    f"lead-time?by=commune&{PERIOD}",
    "ranking?of=commune&period=2021",
    "workload?by=unit",
    f"form-ii-06a?unit={HERE}&{PERIOD}",
)
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "＝1+1", "＋1", "－1", "＠SUM(1)", '=1+1;"x"')


def is_formula(cell: str) -> bool:
    return cell[:1] in tuple("=+-@\t\r\n＝＋－＠") and not re.fullmatch(r"-?[\d.]+", cell)


def test_a_name_is_no_formula_in_csv(scene: Scene) -> None:
    for number, formula in enumerate(FORMULAS):
        code = f"9.9{number:05}"
        named = {"code": code, "name": formula, "field": formula, "level": "commune", "catalogue": 1}
        versions = [{"effective_from": "2020-01-01", "limits": {"amount": 3, "unit": "working_day"}}]
        created = scene.client.post(f"{API}/procedures", {**named, "versions": versions}, token=scene.administrator)
        assert created.status_code == 201, created.text
        received(scene.client, scene.attacker, receiving_unit=HERE, procedure=code)
        path = f"{API}/units/{scene.unit(HERE)}"
        assert scene.client.patch(path, {"name": formula}, token=scene.administrator).status_code == 200
        tables = [_table(scene, path) for path in TABLES]
        assert sum(formula in cell for table in tables for cell in table) >= len(TABLES)
        assert [cell for table in tables for cell in table if is_formula(cell)] == []


def _table(scene: Scene, path: str) -> list[str]:
    answer = scene.client.get(f"{STATISTICS}/{path}", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    return [cell for line in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) for cell in line]


def test_a_name_is_no_formula_in_the_workbook(scene: Scene) -> None:
    there = scene.unit(HERE)
    for formula in FORMULAS:
        scene.client.patch(f"{API}/units/{there}", {"name": formula}, token=scene.administrator)
        answer = scene.client.get(f"{STATISTICS}/form-ii-06a.xlsx?unit_id={there}&{PERIOD}")
        assert answer.status_code == 200, answer.text
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert isinstance(sheet, Worksheet)
        formulas = [cell.value for row in sheet for cell in row if cell.data_type == "f"]
        assert all(re.fullmatch(r"=SUM\([A-Z0-9:,]+\)", str(formula)) for formula in formulas), formulas


# --- Changes of units -------------------------------------------------------------------------------------------------


def test_a_forwarded_dossier_can_be_read_but_not_changed(scene: Scene) -> None:
    """A unit that had a dossier can still read it, but no longer change it (rules §8)."""
    officer = scene.client.token("officer", HERE)
    code = scene.mine["code"]
    act(scene.client, officer, code, "forward", to_unit=ELSEWHERE)
    act(scene.client, scene.client.token("officer", ELSEWHERE), code, "take")
    assert scene.client.get(f"{DOSSIERS}/{code}", token=officer).status_code == 200
    for action in ("take", "finish", "suspend", "forward"):
        answer = scene.client.post(f"{DOSSIERS}/{code}/{action}", BODIES[action], token=officer)
        assert answer.status_code == 403, (action, answer.text)


def test_a_hand_off_grants_access_to_one_dossier_only(scene: Scene) -> None:
    other = received(scene.client, scene.supervisor)["code"]
    act(scene.client, scene.client.token("officer", ELSEWHERE), other, "forward", to_unit=HERE)
    assert scene.get(f"{DOSSIERS}/{other}").status_code == 200
    assert scene.get(f"{DOSSIERS}/{scene.code}").status_code == 403
    listed = {item["code"] for item in scene.get(DOSSIERS).json()["items"]}
    assert listed == {other, scene.mine["code"]}
    assert scene.post(f"{DOSSIERS}/{other}/withdraw", BODIES["withdraw"]).status_code == 403, "the counter is elsewhere"


def test_a_dossier_cannot_be_taken_by_a_transfer(scene: Scene) -> None:
    boss = scene.client.token("supervisor", HERE)
    answer = scene.client.post(f"{DOSSIERS}/{scene.code}/transfer", BODIES["transfer"], token=boss)
    assert answer.status_code == 403
    scene.unchanged()


def test_a_succession_extends_the_scope_of_the_successor_only(scene: Scene) -> None:
    commune = {"code": "91001", "name": "Cũ", "kind": "commune", "type": "Xã", "valid_from": "2021-01-01"}
    body = {**commune, "agency_identifier": "000.91.15.H47"}
    gone = scene.client.post(f"{API}/units", body, token=scene.administrator).json()["id"]
    code = received(scene.client, scene.supervisor, receiving_unit=gone)["code"]
    path = f"{API}/units/{gone}/succeed"
    done = scene.client.post(path, {"into": ELSEWHERE, "on": "2021-08-16"}, token=scene.administrator)
    assert done.status_code == 200, done.text
    assert scene.get(f"{DOSSIERS}/{code}").status_code == 403
    successor = scene.client.token("clerk", ELSEWHERE)
    assert scene.client.get(f"{DOSSIERS}/{code}", token=successor).status_code == 200
    for unit in (f"receiving_unit_id={gone}", f"holder_unit={ELSEWHERE}", f"receiving_unit_id={gone}&subtree=true"):
        tells_nothing(scene.get(f"{DOSSIERS}?{unit}"), code)


def test_a_reused_code_grants_the_old_units_token_nothing(seeded_url: str) -> None:
    """Trà Sơn had the code 20900 until 30 June 2025, Trà My has it since. A token belongs to its unit (rules §12)."""
    with Client(seeded_url, datetime(2025, 6, 2, 2, tzinfo=UTC)) as client:
        supervisor = client.token("supervisor")
        old = client.token("clerk", "20900")
        before = {"20900": "", "20902": ""}
        for unit in before:
            body = {"receiving_unit": unit, "at": None}
            before[unit] = received(client, supervisor, **body)["code"]
        assert client.get(f"{DOSSIERS}/{before['20900']}", token=old).status_code == 200
        assert client.get(f"{DOSSIERS}/{before['20902']}", token=old).status_code == 403
        units = client.get(f"{API}/units?on=2025-06-02&limit=500").json()["items"]
        old_id = next(unit["id"] for unit in units if unit["code"] == "20900")
        client.now = datetime(2025, 7, 2, 2, tzinfo=UTC)
        now = client.get(f"{API}/units?on=2025-07-02&limit=500").json()["items"]
        new_id = next(unit["id"] for unit in now if unit["code"] == "20900")
        assert new_id != old_id
        after = received(client, supervisor, receiving_unit="20900", at=None)["code"]
        # Trà My succeeded Trà Sơn, and its token. The token has no access to the other predecessors of Trà My.
        assert client.get(f"{API}/units/{old_id}").json()["successor"]["id"] == new_id
        assert client.get(f"{DOSSIERS}/{after}", token=old).status_code == 200
        elsewhere = next(unit["code"] for unit in now if unit["kind"] == "commune" and unit["id"] != new_id)
        third = received(client, supervisor, receiving_unit=elsewhere, at=None)["code"]
        assert client.get(f"{DOSSIERS}/{third}", token=old).status_code == 403
        for unit in (elsewhere, "20902"):
            at = "2025-06-30T08:00:00+07:00" if unit == "20902" else None
            answer = client.post(DOSSIERS, guardianship(receiving_unit=unit, at=at), token=old)
            assert answer.status_code in (403, 422), answer.text


# --- Idempotency keys of others ---------------------------------------------------------------------------------------


def test_another_clients_idempotency_key_does_not_reveal_its_response(scene: Scene) -> None:
    key = {"Idempotency-Key": "5f0c1b1e-6a43-4f0e-9d1b-0a3c7f5f2b11"}
    first = scene.client.post(DOSSIERS, guardianship(), token=scene.supervisor, headers=key)
    assert first.status_code == 201
    answer = scene.post(DOSSIERS, guardianship(), headers=key)
    assert answer.status_code == 403
    assert "idempotency-replayed" not in answer.headers
    tells_nothing(answer)


def test_a_client_with_the_same_name_elsewhere_does_not_get_the_response(scene: Scene) -> None:
    first = scene.client.token("clerk", ELSEWHERE, client="quầy 1")
    same = scene.client.token("clerk", HERE, client="quầy 1")
    key = {"Idempotency-Key": "one"}
    assert scene.client.post(DOSSIERS, guardianship(), token=first, headers=key).status_code == 201
    answer = scene.client.post(DOSSIERS, guardianship(), token=same, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    tells_nothing(answer)


def test_a_key_is_not_valid_for_another_address(scene: Scene) -> None:
    key = {"Idempotency-Key": "one"}
    code = scene.mine["code"]
    assert scene.post(f"{DOSSIERS}/{code}/withdraw", BODIES["withdraw"], headers=key).status_code == 200
    answer = scene.post(f"{DOSSIERS}/{scene.code}/withdraw", BODIES["withdraw"], headers=key)
    assert answer.status_code in (403, 422)
    tells_nothing(answer)
    scene.unchanged()


# --- Content of refusals ----------------------------------------------------------------------------------------------


def test_no_refusal_repeats_personal_data(scene: Scene) -> None:
    applicant = {"name": "Nguyễn Thị Hoa", "identity_number": "049185001234", "phone": ["0905123456"]}
    answer = scene.post(DOSSIERS, guardianship(receiving_unit=HERE, applicant=applicant))
    assert answer.status_code == 422
    for secret in ("049185001234", "0905123456", "Nguyễn Thị Hoa"):
        assert secret not in answer.text


def test_access_is_checked_before_the_body(scene: Scene) -> None:
    """Otherwise errors about possible actions and dates would reveal the state of the dossier."""
    for body in ({"at": "2020-01-01T00:00:00+07:00"}, {"at": "2021-08-16T09:00:00+07:00"}, {}):
        answer = scene.post(f"{DOSSIERS}/{scene.code}/take", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "dossier_of_other_units")
