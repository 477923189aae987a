"""Measures of a service with several workers: each worker's `/metrics` has the counts of all."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.http.metrics import shared_counts

ROUTE = {"method": "GET", "route": "/healthz"}


def worker_of(response: httpx.Response) -> str:
    """The part of the request's id that names the worker."""
    return response.headers["x-request-id"].partition("-")[0]


def count(response: httpx.Response, name: str, **labels: str) -> float:
    samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name and sample.labels == labels)


def requests_until_both_workers_answered(address: str) -> int:
    """Sends requests at the same time, so that a worker that is busy leaves some to the other; their number."""
    workers: set[str] = set()
    with ThreadPoolExecutor(16) as pool:
        for burst in range(1, 101):
            responses = pool.map(httpx.get, [f"{address}/healthz"] * 64)
            workers |= {worker_of(response) for response in responses}
            if len(workers) == 2:
                return 64 * burst
    raise AssertionError("one worker takes all requests")


def scrapes_of_both_workers(address: str, requests: int) -> dict[str, httpx.Response]:
    """A scrape by each worker, once the last response, which is counted after it was sent, is counted."""
    scrapes: dict[str, httpx.Response] = {}
    with ThreadPoolExecutor(16) as pool:
        for _burst in range(100):
            for scrape in pool.map(httpx.get, [f"{address}/metrics"] * 16):
                if count(scrape, "motcua_requests_total", **ROUTE, status="200") >= requests:
                    scrapes[worker_of(scrape)] = scrape
            if len(scrapes) == 2:
                return scrapes
    raise AssertionError("one worker takes all scrapes")


def test_every_worker_answers_for_all(live_server: Callable[..., AbstractContextManager[str]]) -> None:
    with live_server(workers=2) as address:
        requests = requests_until_both_workers_answered(address)
        for scrape in scrapes_of_both_workers(address, requests).values():
            assert count(scrape, "motcua_requests_total", **ROUTE, status="200") == requests
            assert count(scrape, "motcua_request_seconds_count", **ROUTE) == requests
            assert count(scrape, "motcua_request_seconds_bucket", **ROUTE, le="+Inf") == requests
            assert count(scrape, "motcua_register_up") == 1
            assert "process_" not in scrape.text


def test_counts_of_an_earlier_run_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    earlier = tmp_path / "motcua-metrics-8000" / "counter_1.db"
    earlier.parent.mkdir()
    earlier.touch()
    with shared_counts(2, 8000):
        assert list(earlier.parent.iterdir()) == []
        (earlier.parent / "counter_2.db").touch()
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_leads_elsewhere_is_neither_used_nor_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").touch()
    (tmp_path / "motcua-metrics-8000").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError), shared_counts(2, 8000):
        pass
    assert (tmp_path / "elsewhere" / "file").exists()


def test_one_worker_counts_without_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with shared_counts(1, 8000):
        assert list(tmp_path.iterdir()) == []
