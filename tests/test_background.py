"""Background work of a worker ends with its block, and logs its failure."""

import asyncio
import logging

import pytest

from app.background import running


def test_work_ends_before_its_block(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []

    async def work() -> None:
        try:
            events.append("begun")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            events.append("ended")

    async def block() -> None:
        async with running(work(), "nothing is done"):
            await asyncio.sleep(0)
            assert events == ["begun"]
        assert events == ["begun", "ended"]

    asyncio.run(block())
    assert caplog.records == []


def test_failed_work_logs_its_effect_and_error(caplog: pytest.LogCaptureFixture) -> None:
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
