"""Tests the work list of the counter, and its search."""

from datetime import timedelta

from tests.conftest import NOW
from tests.support.bodies import act, read_dossier, received
from tests.support.client import Client
from tests.support.desk import HOME, Desk
from tests.support.page_text import read

HERE, ELSEWHERE = "20899", "20902"


class TestLists:
    def test_lists_and_counts_are_those_of_the_api(self, client: Client, clerk: Desk) -> None:
        token = client.token("supervisor")
        code = {
            "overdue": received(client, token)["code"],
            "suspended": received(client, token)["code"],
            "finished": received(client, token)["code"],
        }
        act(client, token, code["suspended"], "request-supplement", reason="x")
        act(client, token, code["finished"], "finish", outcome="granted")
        client.now = NOW + timedelta(days=3)
        code["today"] = received(client, token, at="2021-08-16T15:00:00+07:00", note="x")["code"]
        act(client, token, code["today"], "take")
        client.now = NOW + timedelta(days=4)
        code["not-taken"] = received(client, token, at="2021-08-20T08:00:00+07:00")["code"]
        act(client, token, code["not-taken"], "take")
        act(client, token, code["not-taken"], "forward", to_unit="515.03")
        code["submitted"] = received(client, token, submit=True, at=None)["code"]
        supervisor = Desk(client, client.token("supervisor"))
        clerk.sign_in()

        def listed(desk: Desk, kind: str, place: str = "holder") -> set[str]:
            links = desk.page(f"{HOME}?list={kind}&place={place}").links
            return {link.removeprefix(f"{HOME}/d/") for link in links if link.startswith(f"{HOME}/d/")}

        assert listed(supervisor, "overdue") == {code["overdue"], code["today"]}
        for kind in ("suspended", "finished", "not-taken", "submitted"):
            assert listed(supervisor, kind) == {code[kind]}, kind
        assert listed(clerk, "not-taken") == set()
        assert code["not-taken"] in listed(clerk, "open", "receiving")
        assert listed(Desk(client, client.token("clerk", ELSEWHERE)), "open", "receiving") == set()
        total = client.get("/api/v1/statistics/workload").json()["total"]
        text = supervisor.page(HOME).text
        assert f"{total['open']} Đang giải quyết" in text
        assert f"{total['overdue']['total']} Quá hạn" in text
        assert "1 Chưa nhận bàn giao 1 Tạm dừng 1 Chờ tiếp nhận 1 Chờ trả kết quả" in text

    def test_dossiers_due_today_have_their_own_list(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive()
        assert code not in clerk.get(f"{HOME}?list=today").text
        client.now = NOW + timedelta(days=3)
        clerk.sign_in()
        assert code in clerk.get(f"{HOME}?list=today").text
        assert "1 Hẹn trả hôm nay" in clerk.page(HOME).text

    def test_only_supervisors_see_the_list_of_corrections(self, client: Client, clerk: Desk, supervisor: Desk) -> None:
        code = clerk.receive()
        changes = {"changed": "at", "changes": "2021-08-16T08:00", "sequence": "1", "reason": "Nhầm giờ"}
        supervisor.act(code, "correct", **changes)
        other = Desk(client, client.token("supervisor", HERE, client="lanh-dao"))
        assert code in other.get(f"{HOME}?list=corrections").text
        assert "Chờ duyệt đính chính" not in clerk.page(HOME).text
        page = other.act(code, "approve-correction")
        assert "08:00, 16/08/2021" in page.text
        assert read_dossier(client, code)["flags"] == ["corrected"]

    def test_a_long_list_has_further_pages(self, client: Client, clerk: Desk) -> None:
        for _ in range(51):
            received(client, client.token("clerk"))
        page = clerk.page(HOME)
        (following,) = (link for link in page.links if "cursor=" in link)
        assert "Về đầu danh sách" in clerk.page(HOME + following).text

    def test_an_unknown_list_is_ignored(self, clerk: Desk) -> None:
        assert clerk.page(f"{HOME}?list=__class__&place=x&utm=1").text == clerk.page(HOME).text
        clerk.page(f"{HOME}?cursor=x", 400)

    def test_a_search_finds_names_and_a_code_leads_to_its_dossier(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive(name="Đặng Thị Ngọc Ánh", phone="0905123456")
        clerk.receive(name="Hồ Văn Tư")
        for fields in ({"name": "ngoc anh"}, {"phone": "0905123456"}):
            answer = clerk.fill(f"{HOME}/search", **fields)
            assert [link for link in read(answer).links if "/d/" in link] == [f"{HOME}/d/{code}"]
        answer = clerk.fill(f"{HOME}/search", q=code.lower().replace("-", "–"))
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/d/{code}")
        assert code not in clerk.get(f"{HOME}/search?name=anh").text
        elsewhere = Desk(client, client.token("clerk", ELSEWHERE))
        assert "Không tìm thấy hồ sơ nào" in read(elsewhere.fill(f"{HOME}/search", name="anh")).text
        read(Desk(client, client.token("reporter")).fill(f"{HOME}/search", name="anh"), 403)
        read(clerk.fill(f"{HOME}/search", name="\u202e"), 422)
