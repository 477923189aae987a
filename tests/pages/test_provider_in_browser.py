"""Sign-in at a real provider in a real browser, on two sites: localhost and 127.0.0.1."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from app import clock
from app.access.person_records import NewRole
from app.access.person_service import create_person
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.ledger.entries import COMMAND_LINE
from tests.support.browsing import chromium, running_browser
from tests.support.database_access import open_database
from tests.support.live import free_port, live_server
from tests.support.oidc_server import oidc_server, provider_modules


async def _enter(url: str) -> None:
    database = await open_database(url)
    now = clock.now()
    role = NewRole(Role.CLERK, None, local_date(now - timedelta(days=1)))
    try:
        async with database.writing() as connection:
            about = {"account": "minh", "name": "Trần Văn Minh"}
            await create_person(connection, about, [role], COMMAND_LINE, now)
    finally:
        await database.close()


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/counter")
    page.get_by_role("link", name="Đăng nhập bằng hệ thống đăng nhập tập trung").click()
    page.fill("[name=login]", "minh")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()


def _cookies(context: BrowserContext, address: str) -> dict[str, str]:
    return {cookie["name"]: cookie["sameSite"] for cookie in context.cookies(f"{address}/sign-in/callback")}


def test_a_person_signs_in_across_two_sites(seeded_url: str, tmp_path: Path) -> None:
    provider_modules()
    asyncio.run(_enter(seeded_url))
    provider_port = free_port()
    provider = f"http://127.0.0.1:{provider_port}"
    settings: dict[str, Any] = {
        "sso_issuer": provider,
        "sso_jwks_url": f"{provider}/jwks",
        "sso_client_id": "motcua",
        "sso_client_secret": "a secret of the tests",
        "sso_authorize_url": f"{provider}/auth",
        "sso_token_url": f"{provider}/token",
        "sso_end_session_url": f"{provider}/session/end",
        "sso_scope": "openid profile",
        "sso_account_claim": "preferred_username",
        "sso_iss_parameter": "true",
    }
    with live_server(seeded_url, public_url="http://localhost:{port}", **settings) as own:
        address = own.replace("127.0.0.1", "localhost")
        (tmp_path / "profile").mkdir()
        with (
            oidc_server(tmp_path, address, provider_port),
            running_browser(chromium(), tmp_path / "profile") as browser,
        ):
            _flow(browser, address, provider)


def _flow(browser: Browser, address: str, provider: str) -> None:
    context = browser.new_context(locale="vi-VN")
    page = context.new_page()
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url) if "/sign-in/callback" in answer.url else None)
    _sign_in(page, address)
    # The lax cookie of the flow reached the callback and is gone; the strict one came to the page after it.
    assert "Strict" in _cookies(context, address).values()
    assert "sign-in-flow" not in _cookies(context, address)
    stranger = browser.new_context(locale="vi-VN")
    other = stranger.new_page()
    assert other.goto(answers[0]).status == 401  # type: ignore[union-attr]
    stranger.close()
    context.close()
