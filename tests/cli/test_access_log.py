"""Command that lists the views of personal data."""

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, received
from tests.support.client import Client
from tests.support.command_results import Run


def test_the_command_lists_the_latest_views(motcua: Run, seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerks = [client.token("clerk", "20899", client=f"quầy {number}") for number in (1, 2)]
        codes = [received(client, clerks[0])["code"] for _ in range(2)]
        for code, clerk in zip(codes, clerks, strict=True):
            client.get(f"{DOSSIERS}/{code}", token=clerk)
    lines = motcua("access-log", database_url=seeded_url).stdout.splitlines()
    # The second receipt named the first dossier as similar.
    assert [line.split("\t")[3] for line in lines] == [*codes[::-1], "(2)", codes[0]]
    assert lines[1].split("\t")[:2] == ["2021-08-16T08:30:00+07:00", "quầy 1"]
    for chosen, number in ((("--dossier", codes[0]), 3), (("--client", "quầy 2"), 1), (("--limit", "1"), 1)):
        assert len(motcua("access-log", *chosen, database_url=seeded_url).stdout.splitlines()) == number
