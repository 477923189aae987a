"""Tests a set-up of a made-up commune by pages: from an empty register to the first receipt, counted in clicks."""

import asyncio
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import clock
from app.access.service import create_token
from app.database import schema
from app.domain.lifecycle import Role
from app.web.admin.start import DEPARTMENTS
from tests.support.browsing import chromium, running_browser, window
from tests.support.client import Client
from tests.support.database_access import open_database
from tests.support.databases import SqliteDatabases
from tests.support.desk import Desk
from tests.support.live import live_server
from tests.support.page_text import read
from tests.support.page_use import entered, wrong_with

# The number of clicks that docs/administration.md promises.
CLICKS = 18


class Hand:
    """A visitor who fills in fields and clicks, without scripts of the page; counts the clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def follow(self, selector: str) -> None:
        """Clicks what leads to another page."""
        with self.page.expect_navigation():
            self.unfold(selector)

    def unfold(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.clicks += 1

    def fill(self, action: str, **fields: str) -> None:
        """Fills in and sends a form."""
        for name, value in fields.items():
            field = self.page.locator(f"#{action}-{name.replace('_', '-') if name.startswith('limit') else name}")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.follow(f"#do-{action} button")


async def _administrator(url: str) -> str:
    database = await open_database(url)
    try:
        async with database.writing() as connection:
            return await create_token(
                connection, client="quan-tri", role=Role.ADMINISTRATOR, unit_id=None, now=clock.now()
            )
    finally:
        await database.close()


def test_a_stranger_sets_up_a_commune_to_the_first_receipt(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    executable, url = chromium(), sqlite_databases.create()
    schema.upgrade(url)
    token = asyncio.run(_administrator(url))
    with (
        live_server(url, lookup_rate="0") as address,
        running_browser(executable, tmp_path) as browser,
        window(browser, address, 1366) as page,
    ):
        hand = Hand(page)
        page.goto("/admin")
        hand.unfold("main details > summary")
        page.fill("#token", token)
        hand.follow("main details form.panel button")
        expect(page.get_by_text("còn thiếu").first).to_be_visible()
        hand.follow("a[href='/admin/start']")
        assert wrong_with(page) == []
        hand.fill("start", name="Suối Mơ", code="99001", agency_identifier="000.00.99.H17")
        hand.follow("a[href='/admin/procedures']")
        hand.unfold("#do-catalogue > summary")
        hand.fill("catalogue", name="Thủ tục cấp xã")
        hand.unfold("#do-add > summary")
        about = {"code": "1.004837", "name": "Thủ tục đăng ký giám hộ", "field": "Hộ tịch", "level": "commune"}
        hand.fill("add", **about, catalogue="Thủ tục cấp xã")
        hand.unfold("#do-version > summary")
        hand.fill("version", effective_from="2025-07-01", limit_counter_amount="3")
        hand.follow("a[href='/admin/people']")
        hand.unfold("#do-add > summary")
        hand.fill("add", account="lan.nt", name="Nguyễn Thị Lan", role="clerk", unit="99001")
        hand.follow("a[href='/admin']")
        expect(page.locator(".lead")).to_have_text("Đã có đủ để tiếp nhận hồ sơ đầu tiên.")
        hand.follow("a[href='/admin/tokens']")
        hand.unfold("#do-issue > summary")
        hand.fill("issue", client="quay-1", role="clerk", unit="99001")
        clerk = page.inner_text("pre.code")
        assert hand.clicks == CLICKS
        page.context.clear_cookies()
        page.goto("/counter/receive?procedure=1.004837")
        page.locator("main details > summary").click()
        page.fill("#token", clerk)
        entered(page)
        page.goto("/counter/receive?procedure=1.004837")
        page.fill("#name", "Trần Văn Minh")
        entered(page)
        expect(page.locator("main")).to_contain_text("000.00.99.H17")


def test_departments_follow_the_commune_and_a_repeat_adds_nothing(client: Client) -> None:
    desk = Desk(client, client.token("administrator"))
    form = desk.form("/admin/start", "start")
    del form.values["department-2"]
    sent = {"name": "Suối Mơ", "code": "99001", "agency_identifier": "000.00.99.H17"}
    for _time in range(2):
        answer = desk.fill_in(form, **sent)
        assert answer.status_code == 303, read(answer, answer.status_code).text
    units = [unit for unit in client.get("/api/v1/units?limit=500").json()["items"] if unit["code"].startswith("99001")]
    assert [(unit["code"], unit["agency_identifier"]) for unit in units] == [
        ("99001", "000.00.99.H17"),
        ("99001.01", "000.01.99.H17"),
        ("99001.03", "000.03.99.H17"),
        ("99001.04", "000.04.99.H17"),
    ]
    assert units[-1]["name"] == DEPARTMENTS[-1][0]
    assert {unit["parent"]["code"] for unit in units[1:]} == {"99001"}


@pytest.mark.parametrize("role", ["clerk", "supervisor"])
def test_other_roles_cannot_set_up(client: Client, role: str) -> None:
    read(Desk(client, client.token(role)).send("/admin/start", name="x"), 403)
