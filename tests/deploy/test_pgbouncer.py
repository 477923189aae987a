"""The service works behind PgBouncer with the shipped file."""

import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from proofs.cluster.processes import HOST, Started, free_ports, wait_until
from proofs.cluster.programs import as_user_of
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.databases import PostgresDatabases
from tests.support.live import live_server
from tests.support.reference import seed, token_at

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "cluster" / "pgbouncer.ini"
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


def installed_in(folder: Path, url: str, port: int) -> Path:
    """The shipped file with the addresses of this test."""
    parts = urlsplit(url)
    (sockets,) = parse_qs(parts.query)["host"]
    text = SHIPPED.read_text(encoding="utf-8")
    for pattern, line in {
        r"^motcua = .*$": f"motcua = host={sockets} dbname={parts.path[1:]} user=postgres",
        r"^listen_port = .*$": f"listen_port = {port}",
        r"^auth_file = .*$": f"auth_file = {folder / 'userlist.txt'}",
    }.items():
        text, times = re.subn(pattern, line, text, flags=re.MULTILINE)
        assert times == 1, pattern
    (folder / "userlist.txt").write_text('"postgres" "of-a-test"\n', encoding="utf-8")
    file = folder / "pgbouncer.ini"
    file.write_text(f"{text}unix_socket_dir =\n", encoding="utf-8")
    return file


def test_the_service_receives_and_shows_a_dossier_behind_pgbouncer(postgresql_databases: PostgresDatabases) -> None:
    if PROGRAM is None:
        if os.environ.get("REQUIRE_CLUSTER"):
            pytest.fail("REQUIRE_CLUSTER is set, and PgBouncer is not installed (Debian: apt install pgbouncer).")
        pytest.skip("needs PgBouncer")
    url = postgresql_databases.create()
    try:
        seed(url)
        if "host" not in parse_qs(urlsplit(url).query):
            pytest.skip("needs a server on a socket, which the tests start by themselves")
        (port,) = free_ports(1)
        with TemporaryDirectory(prefix="motcua-pgbouncer-") as folder:
            command = [*as_user_of(Path(folder)), PROGRAM, str(installed_in(Path(folder), url, port))]
            pgbouncer = Started("pgbouncer", Path(folder), command, os.environ)
            pgbouncer.start()
            try:
                wait_until(lambda: "process up" in (Path(folder) / "pgbouncer.log").read_text(), 30, "PgBouncer")
                shows_a_received_dossier(f"postgresql://postgres:of-a-test@{HOST}:{port}/motcua", url)
            finally:
                pgbouncer.stop()
    finally:
        postgresql_databases.drop(url)


def shows_a_received_dossier(pooled: str, url: str) -> None:
    body = guardianship(applicant={"name": "Nguyễn Thị Hoa"})
    del body["receiving_unit"], body["at"]
    headers = {"Authorization": f"Bearer {token_at(url, 'clerk', '20900')}"}
    with live_server(pooled) as address:
        received = httpx.post(f"{address}{DOSSIERS}", json=body, headers=headers)
        assert received.status_code == 201, received.text
        assert httpx.get(f"{address}/api/v1/lookup/{received.json()['code']}").status_code == 200
