"""Properties of docker-compose.yml and the Dockerfile that can be checked without a container engine."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.support.proxy import installed_in, program

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
SCHEMA = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

VARIABLE = re.compile(r"\$\{(\w+)(:?[-?][^}]*)?\}")
every_service = pytest.mark.parametrize("name", SERVICES)


def test_the_file_follows_the_compose_specification() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    problems = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(COMPOSE)]
    assert not problems


def test_the_specification_refuses_a_misspelt_key() -> None:
    misspelt = {"services": {"service": {"image": "motcua", "read_onli": True}}}
    assert not Draft202012Validator(SCHEMA).is_valid(misspelt)


@every_service
def test_no_container_can_write_its_image_or_gain_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "cap_add" not in service
    assert "privileged" not in service


@every_service
def test_no_container_runs_as_root(name: str) -> None:
    assert SERVICES[name]["user"].split(":")[0] not in {"", "0", "root"}


def test_the_image_has_the_same_unprivileged_user() -> None:
    users = [line.split()[1] for line in DOCKERFILE if line.startswith("USER ")]
    assert users[-1] == SERVICES["service"]["user"] == SERVICES["migrate"]["user"]


def test_the_image_installs_nothing_without_a_hash() -> None:
    installs = [line for line in DOCKERFILE if "pip install" in line]
    assert installs
    for line in installs:
        assert "--require-hashes" in line or {"--no-deps", "--no-build-isolation"} <= set(line.split())


def test_services_are_restarted_and_the_migration_runs_once() -> None:
    policies = {name: service["restart"] for name, service in SERVICES.items()}
    assert policies.pop("migrate") == "no"
    assert set(policies.values()) == {"unless-stopped"}


def test_secrets_are_files_without_a_default() -> None:
    assert {name: Path(secret["file"]).name for name, secret in COMPOSE["secrets"].items()} == {
        name: name for name in ("postgres_password", "motcua_database_url", "motcua_keys")
    }
    assert SERVICES["service"]["environment"]["MOTCUA_SECRETS_DIR"] == "/run/secrets"
    for name in ("service", "migrate"):
        assert SERVICES[name]["secrets"] == ["motcua_database_url", "motcua_keys"]
        assert not {"MOTCUA_DATABASE_URL", "MOTCUA_KEYS"} & SERVICES[name]["environment"].keys()
    database = SERVICES["database"]
    assert database["environment"]["POSTGRES_PASSWORD_FILE"] == f"/run/secrets/{database['secrets'][0]}"
    assert not {"POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD"} & database["environment"].keys()


@every_service
def test_memory_and_processes_are_bounded(name: str) -> None:
    assert SERVICES[name]["mem_limit"]
    assert SERVICES[name]["pids_limit"]


def test_images_can_be_pinned_by_digest() -> None:
    assert SERVICES["database"]["image"].endswith("${POSTGRES_DIGEST:-}")
    assert SERVICES["proxy"]["image"].endswith("${HAPROXY_DIGEST:-}")
    bases = [line for line in DOCKERFILE if line.startswith("FROM ")]
    assert all("${PYTHON_DIGEST}" in line for line in bases)


def test_a_process_has_time_to_drain_and_to_end_its_requests() -> None:
    service = SERVICES["service"]
    drain = int(service["environment"]["MOTCUA_DRAIN_SECONDS"])
    assert int(service["stop_grace_period"].removesuffix("s")) >= drain + 15


def test_the_service_waits_for_the_migration_and_the_migration_for_the_database() -> None:
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert SERVICES["service"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert "healthcheck" in SERVICES["database"]


def test_the_health_check_uses_the_readiness_of_the_service() -> None:
    assert "/readyz" in " ".join(SERVICES["service"]["healthcheck"]["test"])


def test_only_the_proxy_is_published_by_default_on_the_loopback_address() -> None:
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["proxy"]
    assert SERVICES["proxy"]["ports"] == ["${MOTCUA_BIND:-127.0.0.1}:${MOTCUA_PORT:-8000}:8080"]


def test_the_proxy_reaches_the_service_and_not_the_database() -> None:
    assert SERVICES["proxy"]["networks"] == ["outside"]
    assert "outside" in SERVICES["service"]["networks"]
    assert SERVICES["database"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_service_trusts_the_network_of_the_proxy() -> None:
    (network,) = COMPOSE["networks"]["outside"]["ipam"]["config"]
    assert SERVICES["service"]["environment"]["MOTCUA_TRUSTED_PROXIES"] == network["subnet"]


def test_the_proxy_starts_with_the_shipped_configuration(tmp_path: Path) -> None:
    (mounted,) = SERVICES["proxy"]["volumes"]
    assert mounted == "./deploy/haproxy:/usr/local/etc/haproxy:ro"
    environment = SERVICES["proxy"]["environment"]
    assert environment.keys() == {"MOTCUA_PROXY_BIND", "MOTCUA_PROXY_SERVICE"}
    given = {
        name: VARIABLE.sub(lambda found: (found[2] or "").removeprefix(":-"), value)
        for name, value in environment.items()
    }
    command = [program(), "-c", "-f", str(installed_in(tmp_path, {}))]
    checked = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_data_are_in_a_named_volume() -> None:
    (mounted,) = SERVICES["database"]["volumes"]
    assert mounted.split(":")[0] in COMPOSE["volumes"]
