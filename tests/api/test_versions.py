"""Versions of contacts and webhooks: a change or a removal of another version than the client read is refused."""

from typing import Any

import pytest

from tests.support.client import Client

SCENES: dict[str, dict[str, Any]] = {
    "/api/v1/contacts": {"unit": "20899", "role": "unit", "channel": "email", "address": "mot-cua@tra-my.example.vn"},
    "/api/v1/webhooks": {"unit": "20899", "url": "https://he-thong.example.vn/motcua"},
}


@pytest.mark.parametrize("path", SCENES)
def test_a_removal_of_another_version_is_refused(app_client: Client, path: str) -> None:
    token = app_client.token("supervisor", "20899")
    made = app_client.post(path, SCENES[path], token=token)
    place, read = made.headers["location"], made.headers["etag"]
    if path.endswith("contacts"):
        changed = app_client.patch(place, {"escalate_hours": 4}, token=token, headers={"If-Match": read})
    else:
        changed = app_client.post(f"{place}/replay", {"from": 1}, token=token, headers={"If-Match": read})
    assert changed.status_code == 200, changed.text
    for refused in (
        app_client.request("DELETE", place, token=token, headers={"If-Match": read}),
        app_client.patch("/api/v1/contacts/1", {"escalate_hours": 5}, token=token, headers={"If-Match": '"7"'}),
    )[: 2 if path.endswith("contacts") else 1]:
        assert (refused.status_code, refused.json()["code"], refused.json()["version"]) == (412, "version_changed", 2)
    present = app_client.get(place, token=token).headers["etag"]
    assert present == changed.headers["etag"]
    removed = app_client.request("DELETE", place, token=token, headers={"If-Match": present})
    assert (removed.status_code, removed.headers["etag"].startswith('"3-')) == (200, True)
    assert app_client.get(place, token=token).status_code == 404
