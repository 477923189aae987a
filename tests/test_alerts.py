"""The alert rules: each fault fires its alert, and every measure of the service that they name exists."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
FAULTS = ROOT / "tests" / "data" / "alerts" / "alerts_test.yml"
# Written by the services of deploy/systemd for node_exporter.
TEXT_FILES = ("verify", "backup", "seals_kept")
# Shown only after a failure, or while a message waits.
AFTER_A_FAILURE = ("task_failures", "outbox_oldest")


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


@pytest.fixture
def promtool() -> str:
    """Prometheus' own tool (Debian: `apt install prometheus`)."""
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("REQUIRE_PROMTOOL"):
            pytest.fail("promtool is missing")
        pytest.skip("promtool is missing")
    return program


@pytest.mark.parametrize("arguments", [("check", "rules", RULES), ("test", "rules", FAULTS)])
def test_the_rules_are_valid_and_each_fault_fires_its_alert(promtool: str, arguments: tuple[str | Path, ...]) -> None:
    end = subprocess.run([promtool, *arguments], check=False, capture_output=True, text=True, timeout=120)
    assert end.returncode == 0, end.stdout + end.stderr


def test_every_alert_has_a_fault_that_fires_it_and_a_quiet_hour() -> None:
    names = sorted(rule["alert"] for rule in rules())
    *faults, quiet = yaml.safe_load(FAULTS.read_text("utf-8"))["tests"]
    assert sorted(test["alert_rule_test"][0]["alertname"] for test in faults) == names
    assert sorted(check["alertname"] for check in quiet["alert_rule_test"]) == names


def test_every_measure_of_the_service_in_a_rule_exists(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        received(client, client.token("clerk"))
        shown = client.get("/metrics").text
    for rule in rules():
        for name in re.findall(r"\bmotcua_([a-z_]+)", rule["expr"]):
            if not name.startswith((*TEXT_FILES, *AFTER_A_FAILURE)):
                assert f"motcua_{name}" in shown, name


def test_the_gauges_of_seals_and_messages_follow_the_register(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        received(client, client.token("clerk"))
        shown = client.get("/metrics").text
        assert 'motcua_outbox_messages{state="dead"} 0.0' in shown
        unsealed = re.search(r"^motcua_oldest_unsealed_entry_timestamp_seconds (\S+)$", shown, re.MULTILINE)
        assert unsealed is not None
        assert float(unsealed[1]) == NOW.timestamp()
        assert "motcua_newest_seal" not in shown
