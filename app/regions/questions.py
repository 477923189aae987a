"""Asks every region the same question over HTTP, each within a time-out, and keeps when each last answered."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
from pydantic import BaseModel, ValidationError

from app.regions.schemas import MissingOut, MissingReason
from app.statistics.on_time.schemas import OnTimeOut

Parameters = Sequence[tuple[str, str]]


class _ProblemCode(BaseModel):
    """The code of a region's problem; a proxy may answer without one."""

    code: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures that a region gave."""

    region: str
    figures: OnTimeOut


@dataclass(frozen=True, slots=True)
class Failure:
    """No figures: the reason, and the response if there is one."""

    region: str
    reason: MissingReason
    response: httpx.Response | None = None

    @property
    def code(self) -> str | None:
        """The code of the problem that the region answered."""
        if self.response is None:
            return None
        try:
            return _ProblemCode.model_validate_json(self.response.content).code
        except ValidationError:
            return None


class Regions:
    """The regions by name with their addresses; `seconds`: time-out of each answer."""

    def __init__(
        self, http: httpx.AsyncClient, addresses: Mapping[str, str], seconds: float, now: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._addresses = addresses
        self._seconds = seconds
        self._now = now
        self._last_answers: dict[str, datetime] = {}

    async def on_time(self, parameters: Parameters, headers: Mapping[str, str]) -> list[Answer | Failure]:
        """The figures of each region, in the order of the regions. All are asked at once."""
        return await asyncio.gather(*(self._asked(region, parameters, headers) for region in self._addresses))

    def missing(self, failure: Failure) -> MissingOut:
        """The failure for clients, with the time since the region last answered."""
        last = self._last_answers.get(failure.region)
        return MissingOut(
            region=failure.region,
            reason=failure.reason,
            code=failure.code,
            last_answer_at=last,
            seconds_since=None if last is None else int((self._now() - last).total_seconds()),
        )

    async def _asked(self, region: str, parameters: Parameters, headers: Mapping[str, str]) -> Answer | Failure:
        url = f"{self._addresses[region]}/api/v1/statistics/on-time"
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._http.get(url, params=list(parameters), headers=dict(headers))
        except (httpx.HTTPError, TimeoutError):
            return Failure(region, "no_answer")
        if response.status_code != 200:
            later = response.status_code >= 500 or response.status_code == 429
            return Failure(region, "unavailable" if later else "refused", response)
        try:
            answer = Answer(region, OnTimeOut.model_validate_json(response.content))
        except ValidationError:
            return Failure(region, "not_understood", response)
        self._last_answers[region] = self._now()
        return answer
