"""Path of the on-time question through the code: a request rarely goes back to a module that it has left."""

import sys
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import app
from tests.support.client import Client

ROOT = Path(app.__file__).parent
# The two rooms of the question; the modules of requests and of the database wrap every call.
ROOMS = ("statistics", "rollups")
MOST_RETURNS = 12


def modules_called(client: Client, path: str) -> list[str]:
    """The module of each function called by a request, in order; neighbours are different modules."""
    frames: dict[int, FrameType] = {}
    modules: list[str] = []

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        # A coroutine that goes on after a pause is the same frame.
        if event == "call" and id(frame) not in frames:
            frames[id(frame)] = frame
            file = Path(frame.f_code.co_filename)
            if file.is_relative_to(ROOT):
                modules.append(file.relative_to(ROOT).as_posix())

    # Statements are made at the first request.
    assert client.get(path).status_code == 200
    former = sys.getprofile()
    sys.setprofile(note)
    try:
        answer = client.get(path)
    finally:
        sys.setprofile(former)
    assert answer.status_code == 200
    own = [module for module in modules if module.split("/")[0] in ROOMS]
    return [module for module, _calls in groupby(own)]


@pytest.mark.parametrize("period", ["", "&from=2021-01-01&to=2021-06-30"])
@pytest.mark.parametrize("by", ["office", "commune", "field", "channel"])
def test_a_question_rarely_goes_back_to_a_module(app_client: Client, by: str, period: str) -> None:
    path = modules_called(app_client, f"/api/v1/statistics/on-time?by={by}{period}")
    assert path[0] == "statistics/on_time/routes.py"
    assert len(path) - len(set(path)) <= MOST_RETURNS, " > ".join(path)
