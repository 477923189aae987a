"""Shared objects of one worker: made when the application starts, and never replaced.

Each room adds its own in a subclass that stands in its `dependencies.py`; `app/services.py` fills the last of them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from starlette.applications import Starlette

from app.database import Database
from app.http.draining import Draining
from app.http.metrics import Metrics
from app.http.rate_limits import Limits
from app.settings import Settings


@dataclass(frozen=True, kw_only=True)
class HttpServices:
    """The services that requests of every kind need.

    `now` gives an aware UTC instant to the second; `register_gauges` gives the gauges of the whole register in the text
    format of Prometheus.
    """

    settings: Settings
    now: Callable[[], datetime]
    database: Database
    limits: Limits
    metrics: Metrics
    draining: Draining
    register_gauges: Callable[[], Awaitable[bytes]]

    @classmethod
    def of(cls, app: Starlette) -> Self:
        """The services of an application that has started: `CatalogueServices.of(request.app)`."""
        services = app.state.services
        assert isinstance(services, cls)
        return services
