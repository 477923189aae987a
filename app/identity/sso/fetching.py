"""Requests to the provider: JSON of a bounded size, within a bounded time."""

import asyncio
import json
from typing import Any

import httpx

_LARGEST = 262_144


class FetchFailed(Exception):
    """The provider did not answer as it should. The text is the kind of the failure, without content of the answer."""


async def fetch(http: httpx.AsyncClient, method: str, url: str, patience: float, **options: Any) -> tuple[int, Any]:
    """Status and JSON of the answer; `patience` in seconds, `options` are those of httpx. Raises FetchFailed."""
    status, body = 0, b""
    try:
        async with asyncio.timeout(patience), http.stream(method, url, **options) as response:
            status = response.status_code
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LARGEST:
                    raise FetchFailed("the answer is too large")
        return status, json.loads(body)
    except (httpx.HTTPError, TimeoutError) as error:
        raise FetchFailed(type(error).__name__) from error
    except (ValueError, RecursionError) as error:
        raise FetchFailed("the answer is no JSON" if status == httpx.codes.OK else f"HTTP {status}") from error
