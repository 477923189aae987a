"""Tests pages for a dossier of another area: the receipt form, the expected due date, and the supplement ceiling."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.bodies import read_dossier, received
from tests.support.client import Client
from tests.support.desk import HOME, Desk, chosen
from tests.support.page_text import read

# Wednesday, 5 August 2026, 08:30 local time: the first day of the rule.
NOW = datetime(2026, 8, 5, 1, 30, tzinfo=UTC)
HERE, THERE = "20900", "20908"
SENTENCE = {
    "vi": "Ngày hẹn là dự kiến: thời hạn được tính từ khi cơ quan có thẩm quyền nhận được hồ sơ.",
    "en": "This date is expected: the time limit runs from the time when the competent agency has the dossier.",
}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def clerk(client: Client) -> Desk:
    return Desk(client, client.token("clerk", HERE))


class TestReceipt:
    @pytest.mark.parametrize(
        ("choice", "expected"), [("", True), ("yes", True), ("no", False)], ids=["blank", "yes", "no"]
    )
    def test_the_clerk_may_leave_it_to_the_units_or_state_it(
        self, client: Client, clerk: Desk, choice: str, expected: bool
    ) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        assert form.values["another_area"] == ""
        code = clerk.receive(responsible_unit=THERE, another_area=choice)
        assert read_dossier(client, code)["due_date_expected"] is expected

    def test_a_wrong_statement_is_refused_at_its_field(self, clerk: Desk) -> None:
        answer = clerk.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa", another_area="yes")
        assert "thuộc thẩm quyền của chính nơi tiếp nhận" in read(answer, 422).text
        form = chosen(answer)
        assert (list(form.errors), form.values["another_area"]) == (["another_area"], "yes")

    def test_another_value_than_yes_or_no_is_refused(self, clerk: Desk) -> None:
        answer = clerk.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa", another_area="maybe")
        assert list(chosen(answer).errors) == ["another_area"]

    def test_it_can_be_stated_when_a_submitted_dossier_is_received(self, client: Client, clerk: Desk) -> None:
        token = client.token("clerk", HERE)
        code = received(client, token, receiving_unit=HERE, responsible_unit=THERE, submit=True, at=None)["code"]
        clerk.act(code, "receive", another_area="no")
        assert read_dossier(client, code)["due_date_expected"] is False


class TestExpectedDate:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_both_pages_mark_it_and_say_why(self, clerk: Desk, language: str) -> None:
        code = clerk.receive(responsible_unit=THERE)
        mark, day = {"vi": ("dự kiến", "10/08/2026"), "en": ("expected", "2026-08-10")}[language]
        counter = clerk.page(f"{HOME}/d/{code}?lang={language}").text
        assert f"{day} {mark}" in counter
        public = clerk.page(f"/d/{code}?lang={language}").text
        assert f"{day} ({mark})" in public
        assert {"vi": f"hẹn dự kiến ngày {day}", "en": f"expected on {day}"}[language] in public
        for text in (counter, public):
            assert SENTENCE[language] in text
        assert f"{day} {mark}" in clerk.page(f"{HOME}?lang={language}").text, "in the list too"

    def test_the_receipt_says_it_at_once(self, clerk: Desk) -> None:
        code = clerk.receive(responsible_unit=THERE)
        page = clerk.page(f"{HOME}/d/{code}?done=receive")
        assert "Đã tiếp nhận. Hẹn trả kết quả: Thứ Hai, 10/08/2026 (dự kiến)" in page.text

    def test_the_mark_goes_when_the_clock_starts(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive(responsible_unit=THERE)
        clerk.act(code, "forward", to_unit=THERE)
        client.now += timedelta(days=1)
        clerk.sign_in()
        for path in (f"{HOME}/d/{code}", f"/d/{code}"):
            text = clerk.page(path).text
            assert SENTENCE["vi"] not in text
            assert "dự kiến" not in text


class TestCeiling:
    """Two requests are the ceiling for receipts from 1 July 2025 on (rules §5)."""

    NAME = "guidance_not_followed"

    def after(self, client: Client, requests: int) -> tuple[Desk, str]:
        """A supervisor's desk, and a dossier with this number of supplement requests."""
        supervisor = Desk(client, client.token("supervisor", HERE))
        code = supervisor.receive()
        for _request in range(requests):
            supervisor.act(code, "request-supplement", reason="Thiếu giấy tờ", legal_basis="Điều 17")
            supervisor.act(code, "supplement")
        return supervisor, code

    def test_the_statement_is_not_offered_before(self, client: Client) -> None:
        supervisor, code = self.after(client, 1)
        assert self.NAME not in supervisor.form(f"{HOME}/d/{code}", "request-supplement").names

    def test_beyond_it_a_request_needs_the_statement(self, client: Client) -> None:
        supervisor, code = self.after(client, 2)
        form = supervisor.form(f"{HOME}/d/{code}", "request-supplement")
        assert self.NAME in form.names
        assert self.NAME not in form.values, "not ticked"
        answer = supervisor.fill_in(form, reason="Vẫn thiếu", legal_basis="Điều 17")
        assert "Chỉ yêu cầu thêm được nếu người nộp không thực hiện đúng hướng dẫn" in read(answer, 409).text
        again = chosen(answer, "request-supplement")
        assert again.values["reason"] == "Vẫn thiếu"
        answer = supervisor.fill_in(again, **{self.NAME: "yes"})
        assert answer.status_code == 303
        page = supervisor.page(answer.headers["location"])
        assert "Người nộp không thực hiện đúng hướng dẫn: Có" in page.text

    def test_a_ticked_statement_stays_ticked_after_a_refusal(self, client: Client) -> None:
        supervisor, code = self.after(client, 2)
        form = supervisor.form(f"{HOME}/d/{code}", "request-supplement")
        answer = supervisor.fill_in(form, legal_basis="Điều 17", **{self.NAME: "yes"})
        read(answer, 422)
        assert chosen(answer, "request-supplement").values[self.NAME] == "yes"
