"""Asks the interface as any other client does, by the same calls and with the caller's token, within the process.

So there is one place for every rule: who may do what, what is valid, what is done once, and who was shown whom.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import Request

from app.http.idempotency.keys import HEADER
from app.http.logs import REQUEST_ID

API = "/api/v1"
# A form sent twice at once: the second waits for the first one's answer, so many tenths of a second at most.
_PATIENCE = 50


class Refusal(Exception):
    """The interface said no: `status`, and the members of its problem."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.status_code)
        self.status = answer.status_code
        self.problem: Mapping[str, Any] = answer.json()
        self.retry_after: str | None = answer.headers.get("retry-after")

    @property
    def code(self) -> str:
        """The stable code of the problem."""
        return str(self.problem["code"])


class Interface:
    """The interface as one caller uses it, in the language in which the answer is read."""

    def __init__(self, request: Request, token: str, language: str) -> None:
        self._transport = httpx.ASGITransport(request.app, client=request.scope["client"] or ("", 0))
        self._origin = f"{request.url.scheme}://counter"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept-Language": language,
            # So that the log tells what belongs together.
            "X-Request-ID": REQUEST_ID.get(),
        }

    async def get(self, *path: str, **parameters: Any) -> Any:
        """The content of what is at the path, whose parts are put into the address as they are; raises Refusal."""
        return (await self.fetch(*path, **parameters)).json()

    async def fetch(self, *path: str, **parameters: Any) -> httpx.Response:
        """As `get`, whatever the content is."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return await self._send("GET", path, self._headers, params=given)

    async def post(
        self, *path: str, body: Mapping[str, Any], version: str | None = None, key: str | None = None
    ) -> Any:
        """What came of it; with a `key` it is done once, with a `version` only if it is still that. Raises Refusal."""
        return await self._change("POST", path, body, version, key)

    async def patch(self, *path: str, body: Mapping[str, Any], version: str | None, key: str | None) -> Any:
        """As `post`, by a merge-patch."""
        return await self._change("PATCH", path, body, version, key)

    async def _change(
        self, method: str, path: tuple[str, ...], body: Mapping[str, Any], version: str | None, key: str | None
    ) -> Any:
        headers = {
            **self._headers,
            **({"If-Match": f'"{version}"'} if version else {}),
            **({HEADER: key} if key else {}),
        }
        for _attempt in range(_PATIENCE):
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
        # What a form or an address says is passed on as it is, for the interface to refuse: a letter in a header that
        # has none there, and a dot that is the whole of a part and would climb out of it.
        address = "/".join([self._origin + API, *(quote(part, safe="").replace(".", "%2E") for part in path)])
        passed = httpx.Headers(dict(headers), encoding="utf-8")
        answer = await self._transport.handle_async_request(httpx.Request(method, address, headers=passed, **content))
        await answer.aread()
        if answer.is_error:
            raise Refusal(answer)
        return answer
