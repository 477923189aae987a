"""Wrong rules of a single sector are refused at their field when the version is published (rules §4)."""

from typing import Any

import pytest

from tests.support.client import Client

DAYS, HOURS = {"amount": 3, "unit": "working_day"}, {"amount": 16, "unit": "working_hour"}
MONTH, SAME_DAY = {"amount": 1, "unit": "month"}, {"amount": None, "unit": "same_day"}


def condition(code: str = "more", **changes: Any) -> dict[str, Any]:
    return {"code": code, "name": "Cần xác minh", "legal_basis": "Điều 3", **changes}


def surcharge(days: int = 10, trait: str = "mountain") -> dict[str, Any]:
    return {"trait": trait, "days": days, "legal_basis": "Phụ lục"}


def province(unit: str = "48", **limits: Any) -> dict[str, Any]:
    return {"unit": unit, "limits": limits, "decision": "12/2026/QĐ-UBND"}


def publish(client: Client, rules: dict[str, Any], limit: dict[str, Any] = DAYS, **more: Any) -> Any:
    body = {
        "code": "8.000001",
        "name": "Đăng ký",
        "field": "Đất đai",
        "level": "commune",
        "catalogue": 2,
        "versions": [{"effective_from": "2026-09-01", "limits": {"counter": limit}, "rules": rules, **more}],
    }
    return client.post("/api/v1/procedures", body, token=client.token("administrator"))


@pytest.mark.parametrize(
    ("rules", "limit", "code", "pointer"),
    [
        # Days and hours do not go together.
        ({"conditions": [condition(days=2)]}, HOURS, "days_not_addable", "/conditions/0/days"),
        (
            {"conditions": [condition(limit=HOURS), condition("later", days=2)]},
            DAYS,
            "days_not_addable",
            "/conditions/1/days",
        ),
        (
            {"conditions": [condition(days=2)], "local_limits": [province(counter=HOURS)]},
            DAYS,
            "days_not_addable",
            "/conditions/0/days",
        ),
        # Ten days more of a month would be ten months.
        ({"area_surcharges": [surcharge()]}, MONTH, "days_not_addable", "/area_surcharges/0/days"),
        ({"area_surcharges": [surcharge()]}, HOURS, "days_not_addable", "/area_surcharges/0/days"),
        ({"area_surcharges": [surcharge()]}, SAME_DAY, "days_not_addable", "/area_surcharges/0/days"),
        # A receipt in the area could not be counted.
        ({"area_surcharges": [surcharge(300), surcharge(64, "island")]}, DAYS, "limit_invalid", "/area_surcharges"),
        ({"conditions": [condition(days=300), condition("b", days=67)]}, DAYS, "limit_invalid", "/conditions"),
        # The second rule of the same name would win, or both would be added.
        ({"conditions": [condition(days=1), condition(days=2)]}, DAYS, "rule_twice", "/conditions/1/code"),
        ({"area_surcharges": [surcharge(), surcharge(5)]}, DAYS, "rule_twice", "/area_surcharges/1/trait"),
        (
            {"local_limits": [province(counter=DAYS), province(counter=HOURS)]},
            DAYS,
            "rule_twice",
            "/local_limits/1/unit",
        ),
        # Impossible limits name their field.
        (
            {"conditions": [condition(limit={"amount": 400, "unit": "working_day"})]},
            DAYS,
            "limit_invalid",
            "/conditions/0/limit",
        ),
        ({"supplement_within": {"amount": 0, "unit": "working_day"}}, DAYS, "limit_invalid", "/supplement_within"),
        (
            {"local_limits": [province(online={"amount": 30, "unit": "month"})]},
            DAYS,
            "limit_invalid",
            "/local_limits/0/limits/online",
        ),
        ({"local_limits": [province()]}, DAYS, "limits_missing", "/local_limits/0/limits"),
        ({"local_limits": [province("99999", counter=DAYS)]}, DAYS, "unknown_unit", "/local_limits/0/unit"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused_at_its_field(
    app_client: Client, rules: dict[str, Any], limit: dict[str, Any], code: str, pointer: str
) -> None:
    answer = publish(app_client, rules, limit)
    assert answer.status_code == 422, answer.text
    errors = answer.json()["errors"]
    assert (answer.json()["code"], [error["pointer"] for error in errors]) == (code, [f"/versions/0/rules{pointer}"])


def test_the_shares_of_a_route_fit_the_limits_of_provinces_too(app_client: Client) -> None:
    route = [{"unit": "receiving", "name": "Tiếp nhận", "limit": {"amount": 3, "unit": "working_day"}}]
    shorter = {"amount": 2, "unit": "working_day"}
    answer = publish(app_client, {"local_limits": [province(counter=shorter)]}, route=route)
    assert (answer.status_code, answer.json()["code"]) == (422, "route_invalid"), answer.text
    assert answer.json()["errors"][0]["pointer"] == "/versions/0/rules/local_limits/0/limits"


def test_rules_that_fit_are_published(app_client: Client) -> None:
    rules = {
        "conditions": [condition(days=2), condition("longer", limit={"amount": 20, "unit": "working_day"})],
        "area_surcharges": [surcharge(), surcharge(5, "island")],
        "local_limits": [province(counter={"amount": 30, "unit": "calendar_day"})],
        "supplement_within": {"amount": 7, "unit": "working_day"},
        "outage_suspends": True,
    }
    answer = publish(app_client, rules)
    assert answer.status_code == 201, answer.text
