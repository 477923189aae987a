"""Calls the API as any other client does, with the caller's token, within the process.

So every rule exists once: rights, validation, idempotency, and the log of access to personal data.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import Request
from starlette.types import Receive, Scope, Send

from app.http.idempotency.keys import HEADER
from app.http.logs import REQUEST_ID
from app.http.middleware import OUTER_ID

API = "/api/v1"
# A form that is sent twice at once waits for the first answer. Attempts, a tenth of a second apart.
_ATTEMPTS = 50


class Refusal(Exception):
    """A refusal by the API: its status, and the members of its problem."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.status_code)
        self.status = answer.status_code
        self.problem: Mapping[str, Any] = answer.json()
        self.retry_after: str | None = answer.headers.get("retry-after")

    @property
    def code(self) -> str:
        """The stable code of the problem."""
        return str(self.problem["code"])


class ApiClient:
    """The API for one caller, with answers in the caller's language."""

    def __init__(self, request: Request, token: str, language: str) -> None:
        page = REQUEST_ID.get()

        async def called(scope: Scope, receive: Receive, send: Send) -> None:
            # The log and the access log then show the calls of one page together.
            await request.app({**scope, OUTER_ID: page}, receive, send)

        self._transport = httpx.ASGITransport(called, client=request.scope["client"] or ("", 0))
        self._origin = f"{request.url.scheme}://counter"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept-Language": language,
        }

    async def get(self, *path: str, **parameters: Any) -> Any:
        """The JSON content at a path; each part is escaped in the address. Raises Refusal."""
        return (await self.fetch(*path, **parameters)).json()

    async def fetch(self, *path: str, **parameters: Any) -> httpx.Response:
        """As `get`, for any content."""
        query = {name: value for name, value in parameters.items() if value is not None}
        return await self._send("GET", path, self._headers, params=query)

    async def post(
        self, *path: str, body: Mapping[str, Any], version: str | None = None, key: str | None = None
    ) -> Any:
        """The answer to a POST. With a `key` it is executed once, with a `version` only on that version.

        Raises Refusal.
        """
        return await self._change("POST", path, body, version, key)

    async def rehearse(self, *path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a POST that changes nothing. Raises Refusal."""
        return (await self._send("POST", path, self._headers, json=body, params={"dry_run": "true"})).json()

    async def put(self, *path: str, body: Mapping[str, Any], trial: bool = False) -> Any:
        """The answer to a PUT; as a `trial` it changes nothing. Raises Refusal."""
        query = {"dry_run": "true"} if trial else {}
        return (await self._send("PUT", path, self._headers, json=body, params=query)).json()

    async def delete(self, *path: str) -> Any:
        """The answer to a DELETE. Raises Refusal."""
        return (await self._send("DELETE", path, self._headers)).json()

    async def patch(self, *path: str, body: Mapping[str, Any], version: str | None, key: str | None) -> Any:
        """As `post`, with a merge patch."""
        return await self._change("PATCH", path, body, version, key)

    async def _change(
        self, method: str, path: tuple[str, ...], body: Mapping[str, Any], version: str | None, key: str | None
    ) -> Any:
        headers = {
            **self._headers,
            **({"If-Match": f'"{version}"'} if version else {}),
            **({HEADER: key} if key else {}),
        }
        for _attempt in range(_ATTEMPTS):
            try:
                return (await self._send(method, path, headers, json=body)).json()
            except Refusal as refusal:
                if refusal.code != "key_in_use":
                    raise
                last = refusal
            await asyncio.sleep(0.1)
        raise last

    async def _send(
        self, method: str, path: tuple[str, ...], headers: Mapping[str, str], **content: Any
    ) -> httpx.Response:
        # Input of forms and addresses is passed on unchanged, for the API to refuse it: letters that a header cannot
        # have, and parts of dots alone, which would lead to another path.
        address = "/".join([self._origin + API, *(quote(part, safe="").replace(".", "%2E") for part in path)])
        passed = httpx.Headers(dict(headers), encoding="utf-8")
        answer = await self._transport.handle_async_request(httpx.Request(method, address, headers=passed, **content))
        await answer.aread()
        if answer.is_error:
            raise Refusal(answer)
        return answer
