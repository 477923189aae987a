"""What a worker does beside its requests ends with them, and says so where it fails."""

import asyncio
import logging

import pytest

from app.background import running


def test_work_ends_before_the_block_is_left(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    async def work() -> None:
        try:
            told.append("begun")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            told.append("ended")

    async def block() -> None:
        async with running(work(), "nothing is done"):
            await asyncio.sleep(0)
            assert told == ["begun"]
        assert told == ["begun", "ended"]

    asyncio.run(block())
    assert caplog.records == []


def test_work_that_fails_says_at_once_what_is_lost_and_why(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise ValueError("a defect")

    async def block() -> None:
        async with running(work(), "nothing is done"):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            [said] = caplog.records
            assert (said.levelno, said.getMessage()) == (
                logging.ERROR,
                "nothing is done until the service is restarted",
            )
            assert said.exc_info is not None
            assert isinstance(said.exc_info[1], ValueError)

    with pytest.raises(ValueError, match="a defect"):
        asyncio.run(block())
