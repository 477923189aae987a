"""Which office looked at a dossier on which day, for the holder of the slip: in the API and as a page."""

from datetime import timedelta

from tests.support.bodies import DOSSIERS, receipt, received
from tests.support.client import BARE, Client

LOOKUP = "/api/v1/lookup"


def test_the_holder_of_the_slip_sees_offices_by_day_and_no_clerk(app_client: Client) -> None:
    clerk = app_client.token("clerk", "20899", client="chị Hương")
    code = received(app_client, clerk)["code"]
    app_client.get(DOSSIERS, token=clerk)
    app_client.now += timedelta(days=1)
    app_client.get(f"{DOSSIERS}/{code}", token=app_client.token("supervisor"))
    app_client.get(f"{DOSSIERS}/{code}", token=clerk)
    # Nobody sees a person in these.
    app_client.get(f"{DOSSIERS}/{code}", token=app_client.token("reporter"))
    app_client.get(f"{LOOKUP}/{code}")
    answer = app_client.get(f"{LOOKUP}/{code}/views")
    days = [(item["date"], item["unit"] and item["unit"]["code"], item["views"]) for item in answer.json()["items"]]
    assert days == [("2021-08-17", None, 1), ("2021-08-17", "20899", 1), ("2021-08-16", "20899", 2)]
    assert "Hương" not in answer.text
    for language, heading, office in (
        ("vi", "Cơ quan đã xem hồ sơ", "Cơ quan quản lý toàn hệ thống"),
        ("en", "Offices that looked at the dossier", "The office in charge of the whole register"),
    ):
        page = app_client.get(f"/d/{code}/views", headers={"Accept-Language": language})
        assert page.status_code == 200
        assert all(words in page.text for words in (heading, office, "Thị trấn Trà My")), page.text
        assert "Hương" not in page.text
    assert f"/d/{code}/views" in app_client.get(f"/d/{code}").text
    app_client.now += timedelta(days=400)
    assert app_client.get(f"{LOOKUP}/{code}/views").json()["items"] == []


def test_without_the_slip_nothing_of_it_is_shown(app_client: Client) -> None:
    code = received(app_client, app_client.token("clerk", "20899"))["code"]
    other = receipt(app_client, app_client.token("clerk", "20899"))["rating_key"]
    bare = app_client.get(f"{LOOKUP}/{code}/views", headers=BARE)
    assert (bare.status_code, bare.json()["code"]) == (403, "slip_proof_needed")
    wrong = app_client.get(f"{LOOKUP}/{code}/views", headers={"X-Slip-Key": other})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "rating_key_wrong")
    page = app_client.get(f"/d/{code}/views", headers=BARE)
    assert (page.status_code, page.headers["location"]) == (303, f"/d/{code}")
