"""Properties of deploy/kubernetes: the manifests follow the published schemas, and an update never loses pods."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
OBJECTS: list[dict[str, Any]] = [
    document
    for file in sorted(FOLDER.glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
]
PODS = {
    document["metadata"]["name"]: document["spec"]["template"]["spec"]
    for document in OBJECTS
    if "template" in document.get("spec", {})
}
each_pod = pytest.mark.parametrize("name", PODS)


@pytest.mark.parametrize("version", ["1.28", kubernetes_validate.latest_version()])
def test_the_manifests_follow_the_schemas(version: str) -> None:
    for document in OBJECTS:
        kubernetes_validate.validate(document, version, strict=True)


def test_the_schemas_refuse_a_misspelt_field() -> None:
    (deployment,) = (item for item in OBJECTS if (item["kind"], item["metadata"]["name"]) == ("Deployment", "motcua"))
    misspelt = {**deployment, "spec": {**deployment["spec"], "replica": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, kubernetes_validate.latest_version(), strict=True)


@each_pod
def test_pods_run_without_root_on_a_read_only_system(name: str) -> None:
    assert PODS[name]["securityContext"]["runAsNonRoot"] is True
    for container in PODS[name]["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


@each_pod
def test_secrets_are_files_and_no_variables(name: str) -> None:
    (container,) = PODS[name]["containers"]
    assert "env" not in container
    settings = next(item["data"] for item in OBJECTS if item["kind"] == "ConfigMap")
    assert not {"MOTCUA_DATABASE_URL", "MOTCUA_KEYS"} & settings.keys()
    assert settings["MOTCUA_SECRETS_DIR"] in [mount["mountPath"] for mount in container["volumeMounts"]]


def test_an_update_never_has_fewer_pods_and_lets_each_one_drain() -> None:
    (deployment,) = (item for item in OBJECTS if (item["kind"], item["metadata"]["name"]) == ("Deployment", "motcua"))
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    settings = next(item["data"] for item in OBJECTS if item["kind"] == "ConfigMap")
    assert PODS["motcua"]["terminationGracePeriodSeconds"] >= int(settings["MOTCUA_DRAIN_SECONDS"]) + 15
    (container,) = PODS["motcua"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz/process"
