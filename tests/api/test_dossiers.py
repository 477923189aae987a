"""A dossier over HTTP: its life, rights, lists, searches, and changed particulars."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, HOA, act, guardianship, received
from tests.support.client import Client


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", "20899")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "515")


def test_a_receipt_answers_with_the_code_and_the_due_date(app_client: Client, clerk: str) -> None:
    answer = app_client.post(DOSSIERS, guardianship(), token=clerk)
    dossier = answer.json()

    assert answer.status_code == 201
    assert answer.headers["location"] == f"{DOSSIERS}/000.31.15.H47-210816-0001"
    assert dossier["code"] == "000.31.15.H47-210816-0001"
    assert dossier["procedure"] == {
        "code": "1.004837",
        "name": "Thủ tục đăng ký giám hộ",
        "version": 1,
        "field": "Hộ tịch",
    }
    assert dossier["applicant"]["commune"]["name"] == "Trà My"
    assert (dossier["stage"], dossier["status"], dossier["national_status"]) == ("receive", "received", 2)
    assert dossier["limit"] == {"amount": 3, "unit": "working_day"}
    assert (dossier["due_date"], dossier["due_at"]) == ("2021-08-19", "2021-08-19T17:00:00+07:00")
    assert dossier["received_at"] == "2021-08-16T08:30:00+07:00"
    assert (dossier["working_days_left"], dossier["overdue"], dossier["clock"]) == (3, False, "running")
    assert (dossier["version"], dossier["hand_offs"], dossier["flags"]) == (1, [], [])
    assert {"forward", "withdraw", "void"} == set(dossier["allowed_actions"])


def test_a_whole_life_from_counter_to_counter(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    taken = act(app_client, officer, code, "take")
    waiting = act(app_client, officer, code, "request-supplement", reason="Thiếu tờ khai")
    app_client.now += timedelta(days=1)
    back = act(app_client, clerk, code, "supplement", documents=[{"name": "Tờ khai bổ sung"}])
    finished = act(app_client, officer, code, "finish", outcome="granted")
    returned = act(app_client, clerk, code, "return", received_by="Nguyễn Thị Hoa", how="counter")

    assert (taken["status"], taken["stage"]) == ("processing", "process")
    assert (waiting["clock"], waiting["projected_due_date"], waiting["working_days_left"]) == (
        "suspended",
        "2021-08-19",
        None,
    )
    assert (back["due_date"], back["original_due_date"], len(back["documents"])) == ("2021-08-20", "2021-08-19", 2)
    assert (finished["verdict"], finished["stage"], finished["closed"]) == ("early", "return", False)
    assert (returned["status"], returned["closed"], returned["national_status"]) == ("returned", True, 10)
    assert returned["allowed_actions"] == ["void"]


def test_the_journal_lists_all_entries_oldest_first(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    act(app_client, officer, code, "take", officer="Lê Văn Tám", note="bắt đầu")
    act(app_client, officer, code, "request-supplement", reason="Thiếu tờ khai")
    first = app_client.get(f"{DOSSIERS}/{code}/journal?limit=2", token=clerk).json()
    second = app_client.get(f"{DOSSIERS}/{code}/journal?limit=2&cursor={first['next_cursor']}", token=clerk).json()

    assert [entry["type"] for entry in first["items"]] == ["receive", "take"]
    assert first["items"][0]["data"]["deadline"]["due_date"] == "2021-08-19"
    assert (first["items"][1]["officer"], first["items"][1]["note"]) == ("Lê Văn Tám", "bắt đầu")
    assert [entry["data"]["reason"] for entry in second["items"]] == ["Thiếu tờ khai"]
    assert second["next_cursor"] is None


def test_submitted_first_the_clock_starts_with_the_receipt(app_client: Client, clerk: str) -> None:
    submitted = received(app_client, clerk, submit=True)
    code = submitted["code"]
    app_client.now += timedelta(days=1)
    accepted = act(app_client, clerk, code, "receive")

    assert (submitted["status"], submitted["clock"], submitted["limit"], submitted["due_date"]) == (
        "submitted",
        "not_started",
        None,
        None,
    )
    assert submitted["procedure"]["version"] is None
    assert (accepted["status"], accepted["due_date"], accepted["code"]) == ("received", "2021-08-20", code)


def test_a_submitted_dossier_can_be_declined(app_client: Client, clerk: str) -> None:
    code = received(app_client, clerk, submit=True)["code"]

    assert act(app_client, clerk, code, "decline", reason="Không thuộc thẩm quyền")["status"] == "declined"


def test_a_hand_off_to_an_office_and_back(app_client: Client, clerk: str, supervisor: str) -> None:
    office = app_client.token("officer", "515.03")
    code = received(app_client, clerk)["code"]
    given = act(app_client, clerk, code, "forward", to_unit="515.03")
    taken = act(app_client, office, code, "take")
    finished = act(app_client, office, code, "finish", outcome="refused", reason="Không đủ điều kiện")

    assert given["holder_unit"]["code"] == "515.03"
    assert given["responsible_unit"]["code"] == "20899"
    assert [hand_off["state"] for hand_off in given["hand_offs"]] == ["given"]
    assert [hand_off["state"] for hand_off in taken["hand_offs"]] == ["taken"]
    assert (finished["holder_unit"]["code"], finished["outcome"]) == ("20899", "refused")


class TestRights:
    def test_without_a_token_nothing_of_a_dossier_is_shown(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]

        for path in (DOSSIERS, f"{DOSSIERS}/{code}", f"{DOSSIERS}/{code}/journal"):
            assert app_client.get(path).status_code == 401
        assert app_client.post(DOSSIERS, guardianship()).status_code == 401

    def test_a_clerk_of_another_commune_neither_reads_nor_acts(self, app_client: Client, clerk: str) -> None:
        stranger = app_client.token("clerk", "20900")
        code = received(app_client, clerk)["code"]

        assert app_client.get(f"{DOSSIERS}/{code}", token=stranger).status_code == 403
        assert app_client.post(f"{DOSSIERS}/{code}/withdraw", {"request": "x"}, token=stranger).status_code == 403
        assert app_client.get(DOSSIERS, token=stranger).json()["items"] == []
        assert app_client.post(DOSSIERS, guardianship(), token=stranger).status_code == 403

    def test_a_former_holder_may_read_it_and_no_longer_act(self, app_client: Client, clerk: str) -> None:
        office = app_client.token("officer", "515.03")
        code = received(app_client, clerk)["code"]
        act(app_client, clerk, code, "forward", to_unit="515.03")
        act(app_client, office, code, "take")
        act(app_client, office, code, "forward", to_unit="515.05")
        seen = app_client.get(f"{DOSSIERS}/{code}", token=office)
        refused = app_client.post(f"{DOSSIERS}/{code}/finish", {"outcome": "granted"}, token=office)

        # Not taken yet, so the giver may only recall it.
        assert (seen.status_code, seen.json()["allowed_actions"]) == (200, ["forward", "void"])
        assert refused.status_code == 403
        assert act(app_client, office, code, "forward", to_unit="515.03")["holder_unit"]["code"] == "515.03"

    def test_a_refusal_names_the_possible_actions(self, app_client: Client, clerk: str, officer: str) -> None:
        code = received(app_client, clerk)["code"]
        answer = app_client.post(f"{DOSSIERS}/{code}/resume", {}, token=officer)

        assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
        allowed = answer.json()["allowed_actions"]
        assert [action for action in allowed if action in ("forward", "take", "finish", "extend")] == [
            "forward",
            "take",
            "finish",
        ]

    @pytest.mark.parametrize("role", ["reporter", "administrator"])
    def test_reporters_and_administrators_change_no_dossier(self, app_client: Client, clerk: str, role: str) -> None:
        code = received(app_client, clerk)["code"]
        token = app_client.token(role)

        assert app_client.post(DOSSIERS, guardianship(), token=token).status_code == 403
        assert app_client.post(f"{DOSSIERS}/{code}/take", {}, token=token).status_code == 403
        assert app_client.patch(f"{DOSSIERS}/{code}", {"summary": "x"}, token=token).status_code == 403
        assert app_client.get(f"{DOSSIERS}/{code}", token=token).json()["allowed_actions"] == []

    def test_a_reporter_sees_no_names(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]
        token = app_client.token("reporter")
        seen = [app_client.get(path, token=token).text for path in (f"{DOSSIERS}/{code}", f"{DOSSIERS}/{code}/journal")]

        assert not any(word in text for text in seen for word in ("Hoa", "049185001234", "0905123456", "Minh"))


class TestVersions:
    def test_a_change_expecting_another_version_is_refused(self, app_client: Client, clerk: str, officer: str) -> None:
        dossier = received(app_client, clerk)
        path = f"{DOSSIERS}/{dossier['code']}"
        tag = app_client.get(path, token=officer).headers["etag"]
        first = app_client.post(f"{path}/take", {}, token=officer, headers={"If-Match": tag})
        second = app_client.post(f"{path}/take", {}, token=officer, headers={"If-Match": tag})

        assert (first.status_code, second.status_code) == (200, 412)
        assert len(app_client.get(f"{path}/journal", token=officer).json()["items"]) == 2

    def test_a_client_with_the_present_etag_gets_304(self, app_client: Client, clerk: str) -> None:
        path = f"{DOSSIERS}/{received(app_client, clerk)['code']}"
        first = app_client.get(path, token=clerk)
        again = app_client.get(path, token=clerk, headers={"If-None-Match": first.headers["etag"]})

        assert (again.status_code, again.content) == (304, b"")
        assert first.headers["cache-control"] == "private, no-store"


class TestLists:
    def test_the_work_list_is_by_due_date_and_pages_without_gaps(self, app_client: Client, clerk: str) -> None:
        codes = [received(app_client, clerk, procedure=code)["code"] for code in ("1.004884", "1.004837", "1.001193")]
        seen, cursor = [], None
        while True:
            query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
            page = app_client.get(DOSSIERS, token=clerk, params=query).json()
            seen += [item["code"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

        assert seen == codes[::-1]

    @pytest.mark.parametrize(
        ("query", "fits"),
        [
            ({"status": "received"}, True),
            ({"status": ["processing", "received"]}, True),
            ({"status": "processing"}, False),
            ({"stage": "receive"}, True),
            ({"open": "false"}, False),
            ({"procedure": "1.004837"}, True),
            ({"procedure": "1.004884"}, False),
            ({"field": "Hộ tịch"}, True),
            ({"field": "Đất đai"}, False),
            ({"overdue": "false"}, True),
            ({"overdue": "true"}, False),
            ({"due_soon": "true"}, False),
            ({"not_taken": "true"}, False),
            ({"not_taken": "false"}, True),
            ({"clock": "running"}, True),
            ({"due_from": "2021-08-19", "due_to": "2021-08-19"}, True),
            ({"due_to": "2021-08-18"}, False),
            ({"received_from": "2021-08-17"}, False),
            ({"officer": "Trần Văn Minh"}, True),
            ({"flag": "backdated"}, False),
            ({"open": ["true", "false"], "flag": "imported"}, False),
            ({"open": ["true", "false"]}, True),
            ({"stage": "process"}, False),
            ({"clock": "ended"}, False),
            ({"q": "210816"}, True),
            ({"q": "000.31.15.h47–2108"}, True),
            ({"q": "000.31"}, True),
            ({"q": "H47"}, True),
            ({"q": "15.h47-210816-0001"}, True),
            ({"q": "210816-"}, True),
            ({"q": "0001"}, True),
            ({"q": "10816"}, False),
            ({"q": "001"}, False),
            ({"q": "-"}, False),
            ({"q": "."}, False),
            ({"q": "%"}, False),
            ({"q": "_"}, False),
            ({"q": "'"}, False),
            ({"q": "\\"}, False),
            ({"q": "a' | 'b"}, False),
            ({"q": "\u200d"}, False),
            ({"holder_unit": "20899"}, True),
            ({"holder_unit": "515", "subtree": "true"}, True),
            ({"responsible_unit": "20900"}, False),
            ({"receiving_unit": "20899"}, True),
        ],
    )
    def test_a_filter_finds_the_dossiers_that_fit(
        self, app_client: Client, clerk: str, query: dict[str, str], fits: bool
    ) -> None:
        code = received(app_client, clerk)["code"]
        answer = app_client.get(DOSSIERS, token=clerk, params=query)

        assert answer.status_code == 200, answer.text
        assert [item["code"] for item in answer.json()["items"]] == ([code] if fits else [])

    @pytest.mark.parametrize("query", [{"flag": "backdated"}, {"flag": ["imported", "backdated"]}])
    def test_a_flag_finds_the_dossiers_with_it(
        self, app_client: Client, clerk: str, query: dict[str, str | list[str]]
    ) -> None:
        received(app_client, clerk)
        late = received(app_client, clerk, at="2021-08-14T09:00:00+07:00")["code"]
        answer = app_client.get(DOSSIERS, token=clerk, params=query)

        assert [item["code"] for item in answer.json()["items"]] == [late]

    def test_only_open_ones_are_listed_unless_others_are_named(
        self, app_client: Client, clerk: str, officer: str
    ) -> None:
        ended, still = received(app_client, clerk)["code"], received(app_client, clerk)["code"]
        act(app_client, officer, ended, "take")
        act(app_client, clerk, ended, "withdraw", request="đơn")
        act(app_client, officer, still, "take")

        def listed(**query: str | list[str]) -> list[str]:
            items = app_client.get(DOSSIERS, token=clerk, params=query).json()["items"]
            return [item["code"] for item in items]

        assert listed() == listed(stage="process") == listed(open="true") == [still]
        assert listed(open="false") == listed(status="withdrawn") == listed(clock="ended") == [ended]
        assert sorted(listed(open=["true", "false"])) == sorted(listed(status=["withdrawn", "processing"]))
        assert app_client.get(DOSSIERS, token=clerk, params={"field": "zz"}).status_code == 422

    def test_the_answer_says_which_default_left_dossiers_out(self, app_client: Client, clerk: str) -> None:
        received(app_client, clerk)

        def page(**query: str | list[str]) -> Any:
            return app_client.get(DOSSIERS, token=clerk, params=query).json()

        only_open = {"open": True}
        assert page()["defaults"] == page(received_from="2021-01-01")["defaults"] == only_open
        for query in ({"open": "true"}, {"open": ["true", "false"]}, {"status": "withdrawn"}, {"verdict": "late"}):
            assert page(**query).keys() == {"items", "next_cursor"}
        search = app_client.post(f"{DOSSIERS}/search", {"name": "hoa"}, token=clerk).json()
        assert search.keys() == {"items", "next_cursor"}

    def test_a_search_takes_one_value_without_its_list(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]
        for body in ({"status": "received"}, {"status": ["received", "processing"]}, {"open": True}):
            items = app_client.post(f"{DOSSIERS}/search", body, token=clerk).json()["items"]
            assert [item["code"] for item in items] == [code]
        assert app_client.post(f"{DOSSIERS}/search", {"open": False}, token=clerk).json()["items"] == []

    def test_a_cursor_is_of_one_order_only(self, app_client: Client, clerk: str) -> None:
        for _ in range(2):
            received(app_client, clerk)
        cursor = app_client.get(DOSSIERS, token=clerk, params={"limit": 1}).json()["next_cursor"]
        answer = app_client.get(DOSSIERS, token=clerk, params={"cursor": cursor, "sort": "received"})

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")

    def test_due_soon_and_overdue_follow_the_day(self, app_client: Client, clerk: str) -> None:
        received(app_client, clerk)
        matches = {}
        for day in (17, 18, 19, 20):
            app_client.now = datetime(2021, 8, day, 2, tzinfo=UTC)
            matches[day] = [
                len(app_client.get(DOSSIERS, token=clerk, params={name: "true"}).json()["items"])
                for name in ("due_soon", "overdue")
            ]

        assert matches == {17: [0, 0], 18: [1, 0], 19: [1, 0], 20: [0, 1]}

    def test_a_hand_off_that_is_not_taken_is_found_until_it_is_taken(
        self, app_client: Client, clerk: str, officer: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "take")
        act(app_client, officer, code, "forward", to_unit="515.03")
        query = {"not_taken": "true"}
        items = app_client.get(DOSSIERS, token=clerk, params=query).json()["items"]
        counted = app_client.get("/api/v1/statistics/workload").json()["total"]["not_taken"]
        act(app_client, app_client.token("officer"), code, "take")

        assert ([item["code"] for item in items], counted) == ([code], 1)
        assert app_client.get(DOSSIERS, token=clerk, params=query).json()["items"] == []

    def test_a_name_is_found_composed_decomposed_and_without_accents(self, app_client: Client, clerk: str) -> None:
        decomposed = unicodedata.normalize("NFD", "Đặng Thị Ngọc Ánh")
        code = received(app_client, clerk, applicant={**HOA, "name": decomposed})["code"]
        received(app_client, clerk)
        for name in (decomposed, "Đặng Thị Ngọc Ánh", "dang thi ngoc anh", "NGỌC ánh"):
            items = app_client.post(f"{DOSSIERS}/search", {"name": name}, token=clerk).json()["items"]
            assert [item["code"] for item in items] == [code], name
        stored = app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()["applicant"]["name"]

        assert stored == unicodedata.normalize("NFC", decomposed)

    def test_a_name_is_found_by_the_beginnings_of_its_words_in_any_order(
        self, app_client: Client, clerk: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = received(app_client, clerk, applicant={**HOA, "name": "Đặng Thị Ngọc O'Ánh"})["code"]
        received(app_client, clerk)

        def codes(name: str) -> list[str]:
            items = app_client.post(f"{DOSSIERS}/search", {"name": name}, token=clerk).json()["items"]
            return [item["code"] for item in items]

        # Few dossiers are looked up by id, many by the order of the list.
        for few in (1000, 0):
            monkeypatch.setattr("app.dossiers.work_list._FEW", few)
            for name in ("ngoc dang", "o'a thi dan", "NG d", "ngọc ngọc", "anh", "o''a"):
                assert codes(name) == [code], name
            assert len(codes("thi")) == 2
            for name in ("goc", "ngoc nguyen", "\\", "'", "ngoc:*", "dang | hoa", "!hoa"):
                assert codes(name) == [], name

    def test_numbers_are_searched_in_the_body_only(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]
        for body in ({"identity_number": "049185001234"}, {"phone": "0905123456"}):
            items = app_client.post(f"{DOSSIERS}/search", body, token=clerk).json()["items"]
            assert [item["code"] for item in items] == [code]

        assert app_client.get(DOSSIERS, token=clerk, params={"phone": "0905123456"}).status_code == 422


class TestParticulars:
    def test_they_change_without_status_or_dates(self, app_client: Client, clerk: str) -> None:
        before = received(app_client, clerk)
        path = f"{DOSSIERS}/{before['code']}"
        answer = app_client.patch(path, {"applicant": {"phone": None}, "summary": "Giám hộ cháu"}, token=clerk)
        after = answer.json()

        assert answer.status_code == 200, answer.text
        assert (after["applicant"]["phone"], after["summary"]) == (None, "Giám hộ cháu")
        assert after["applicant"]["name"] == "Nguyễn Thị Hoa"
        assert (after["status"], after["due_date"], after["version"]) == ("received", before["due_date"], 2)
        entry = app_client.get(f"{path}/journal", token=clerk).json()["items"][1]
        assert (entry["type"], entry["data"]["fields"]) == ("particulars", ["applicant.phone", "summary"])

    @pytest.mark.parametrize("body", [{}, {"applicant": {}}, {"applicant": {"name": "Nguyễn Thị Hoa"}}])
    def test_mending_nothing_leaves_no_entry(self, app_client: Client, clerk: str, body: dict[str, object]) -> None:
        path = f"{DOSSIERS}/{received(app_client, clerk)['code']}"

        assert app_client.patch(path, body, token=clerk).json()["version"] == 1

    @pytest.mark.parametrize(
        "body",
        [{"status": "finished"}, {"applicant": None}, {"applicant": {"name": ""}}, {"applicant": {"x": 1}}, {"fee": 1}],
    )
    def test_no_other_field_changes(self, app_client: Client, clerk: str, body: dict[str, object]) -> None:
        path = f"{DOSSIERS}/{received(app_client, clerk)['code']}"

        assert app_client.patch(path, body, token=clerk).status_code == 422
        assert app_client.get(path, token=clerk).json()["version"] == 1


BAD_RECEIPTS = {
    "an unknown procedure": ({"procedure": "9.9"}, "unknown_procedure"),
    "an unknown unit": ({"receiving_unit": "1"}, "unknown_unit"),
    "a unit after its end": ({"receiving_unit": "515", "at": "2026-01-05T08:00:00+07:00"}, "in_the_future"),
    "a time in the future": ({"at": "2021-08-16T08:36:00+07:00"}, "in_the_future"),
    "a time without an offset": ({"at": "2021-08-16T08:30:00"}, "offset_missing"),
    "a time with a control character": ({"at": "2021-08-16T08:30:00+07:00\u0000"}, "invalid"),
    "a time in another notation": ({"at": "20210816T083000+0700"}, "invalid"),
    "a time that is a number": ({"at": 1629077400}, "invalid"),
    "a channel that is not offered": ({"procedure": "2.000986", "channel": "online"}, "channel_not_offered"),
    "a name of control characters": ({"applicant": {**HOA, "name": "A\u0007B"}}, "control_characters"),
    "a name with a right-to-left mark": ({"applicant": {**HOA, "name": "A\u202eB"}}, "direction_marks"),
    "an empty name": ({"applicant": {**HOA, "name": "  "}}, "invalid"),
    "a field nobody knows": ({"status": "finished"}, "invalid"),
    "a negative fee": ({"fee": -1}, "invalid"),
    "a fee of 60 digits": ({"fee": 10**60}, "invalid"),
    "an id that is too large": ({"receiving_unit": 2**70}, "invalid"),
    "the same external code twice": ({"external": [{"system": "a", "code": "1"}] * 2}, "external_twice"),
}


@pytest.mark.parametrize(("changes", "code"), BAD_RECEIPTS.values(), ids=BAD_RECEIPTS.keys())
def test_a_bad_receipt_is_refused_and_leaves_no_trace(
    app_client: Client, clerk: str, changes: dict[str, object], code: str
) -> None:
    answer = app_client.post(DOSSIERS, guardianship(**changes), token=clerk)

    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert app_client.get(DOSSIERS, token=clerk, params={"open": "true"}).json()["items"] == []
    # The ordinal was not used up either.
    assert received(app_client, clerk)["code"].endswith("-0001")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"at": "2017-12-01T08:00:00+07:00"}, "procedure_not_in_force"),
        ({"at": "1900-01-01T08:00:00+07:00"}, "procedure_not_in_force"),
        ({"responsible_unit": 30}, "unit_not_valid"),
    ],
)
def test_a_unit_or_procedure_out_of_force_is_refused(app_client: Client, changes: dict[str, object], code: str) -> None:
    token = app_client.token("supervisor")
    answer = app_client.post(DOSSIERS, guardianship(reason="nhập muộn", **changes), token=token)

    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


def test_a_pointer_leads_into_the_body_that_was_sent(app_client: Client, clerk: str) -> None:
    bodies: list[tuple[dict[str, object], list[str]]] = [
        ({"receiving_unit": True}, ["/receiving_unit"]),
        ({"applicant": {"kind": "person"}}, ["/applicant/name"]),
        ({"documents": [{"name": "Tờ khai", "copies": 0}]}, ["/documents/0/copies"]),
    ]
    for changes, pointers in bodies:
        answer = app_client.post(DOSSIERS, guardianship(**changes), token=clerk)
        assert [error["pointer"] for error in answer.json()["errors"]] == pointers


def test_an_external_code_is_one_dossiers_only(app_client: Client, clerk: str) -> None:
    external = [{"system": "dvcqg", "code": "G22.99-210816-0001"}]
    first = received(app_client, clerk, external=external)
    second = app_client.post(DOSSIERS, guardianship(external=external), token=clerk)

    assert first["external"] == external
    assert (second.status_code, second.json()["code"]) == (409, "external_known")


@pytest.mark.parametrize("cursor", ["W251bGwsbnVsbF0", "x", "W10", "eyJhIjoxfQ"])
def test_a_cursor_that_no_list_gave_is_refused(app_client: Client, clerk: str, cursor: str) -> None:
    answers = [
        app_client.get(DOSSIERS, token=clerk, params={"cursor": cursor}),
        app_client.post(f"{DOSSIERS}/search", {"cursor": cursor}, token=clerk),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "bad_cursor")] * 2


def test_a_refusal_needs_its_reason(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    answer = app_client.post(f"{DOSSIERS}/{code}/finish", {"outcome": "refused"}, token=officer)

    assert answer.status_code == 422


def test_an_unknown_code_is_not_found(app_client: Client, clerk: str) -> None:
    for code in ("000.31.15.H47-210816-9999", "x", "%00", "a" * 300):
        assert app_client.get(f"{DOSSIERS}/{code}", token=clerk).status_code in (404, 422)


def test_a_person_from_elsewhere_keeps_the_commune_as_text(app_client: Client, clerk: str) -> None:
    dossier = received(app_client, clerk, applicant={**HOA, "commune": "00001"})

    assert dossier["applicant"]["commune"] == "00001"


def test_an_offline_receipt_counts_from_its_true_time_and_is_flagged(app_client: Client, clerk: str) -> None:
    dossier = received(app_client, clerk, at="2021-08-14T09:00:00+07:00")

    # Received on a Saturday: day 0, and Monday the first.
    assert (dossier["due_date"], dossier["flags"]) == ("2021-08-18", ["backdated"])
    assert dossier["code"] == "000.31.15.H47-210814-0001"
    refused = app_client.post(DOSSIERS, guardianship(at="2021-08-10T09:00:00+07:00"), token=clerk)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_far_back")
