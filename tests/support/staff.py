"""People who sign in, for tests: created by an administrator, with sessions."""

from itertools import count
from typing import Any

import httpx

from tests.support.client import Client

PERSONS, SESSION = "/api/v1/persons", "/api/v1/sessions/current"
HERE, ELSEWHERE = "20899", "20902"

_NUMBERS = count(1)


def new_person(role: str = "clerk", unit: str | int | None = HERE) -> dict[str, Any]:
    """The body of a new person with one role."""
    number = next(_NUMBERS)
    return {"account": f"nguoi{number}", "name": f"Người Thứ {number}", "roles": [{"role": role, "unit": unit}]}


def created(
    client: Client, token: str, role: str = "clerk", unit: str | int | None = HERE, **body: Any
) -> dict[str, Any]:
    """A new person with one role, as the API answers it."""
    answer = client.post(PERSONS, {**new_person(role, unit), **body}, token=token)
    assert answer.status_code == 201, answer.text
    person: dict[str, Any] = answer.json()
    return person


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """Asserts a refusal with a code."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text


def done(answer: httpx.Response) -> dict[str, Any]:
    """The content of a successful answer."""
    assert answer.is_success, answer.text
    content: dict[str, Any] = answer.json()
    return content
