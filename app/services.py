"""Shared objects of one worker, and its work in the background."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.access.access_log import AccessLog
from app.access.background import adding_months
from app.access.callers import TokenCache
from app.access.token_uses import SessionUses, TokenUses
from app.access.view_spool import ViewSpool
from app.audit.seals.background import copying_seals, making_seals
from app.audit.seals.dependencies import SealServices
from app.audit.seals.tree import SealTree
from app.catalogue.background import providing_near_years
from app.catalogue.cache import ReferenceCache
from app.database import Database, DatabaseUnavailable, open_database
from app.database.replicas import HEDGED_SHARE, PRIMARY_PATIENCE, REPLICA_PATIENCE, ReplicatedDatabase, replicas_url
from app.database.server_group import ServerGroup
from app.dossiers.rating_keys import RatingKeys
from app.dossiers.reforms.background import continuing_reforms
from app.dossiers.reforms.dependencies import worker_of
from app.http.certificates import trust
from app.http.draining import Draining
from app.http.idempotency.background import deleting_expired
from app.http.metrics import Metrics
from app.http.pool_measures import measuring_pools
from app.http.rate_limits import Limits
from app.identity.local_accounts.dependencies import AccountServices
from app.identity.local_accounts.hashing import Hasher
from app.identity.sso.dependencies import SignOnServices
from app.identity.sso.service import SignOn
from app.notifications.delivery.worker import Outbox
from app.notifications.webhooks.addresses import Networks
from app.notifications.webhooks.dependencies import WebhookServices
from app.operations.timestamps.background import stamping_seals
from app.operations.timestamps.service import Authority
from app.rollups.background import RollUpWorker
from app.settings import Settings, keys_of, timestamp_roots_of
from app.slips.dependencies import SlipServices
from app.slips.rendering import Printer
from app.statistics.workload.dependencies import WorkloadServices
from app.statistics.workload.forecast_inputs import Experiences
from app.statistics.workload.gauges import RegisterGauges


@dataclass(frozen=True, kw_only=True)
class Services(SignOnServices, SlipServices, SealServices, WorkloadServices, WebhookServices, AccountServices):
    """The services of every room, with those that work in the background."""

    roll_up_worker: RollUpWorker
    outbox: Outbox


@asynccontextmanager
async def opened_services(
    settings: Settings, now: Callable[[], datetime], limits: Limits, metrics: Metrics, draining: Draining
) -> AsyncIterator[Services]:
    """The services of a worker, over a database that is open while the block runs.

    `limits`, `metrics` and `draining` are those of the middleware. Raises as `open_database` does.
    """
    if settings.read_database_url:
        replicated = _replicated(settings)
        try:
            async with replicated.watched():
                yield _services(settings, now, limits, metrics, draining, replicated)
        finally:
            await replicated.close()
        return
    database = await _opened(settings, settings.database_url)
    try:
        yield _services(settings, now, limits, metrics, draining, database)
    finally:
        await database.close()


async def _opened(settings: Settings, url: str) -> Database:
    return await open_database(
        url,
        keys=keys_of(settings),
        pool_size=settings.pool_size,
        statement_cache=settings.statement_cache,
        statement_seconds=settings.statement_seconds,
        heavy_at_once=settings.reports_at_once,
    )


def _replicated(settings: Settings) -> ReplicatedDatabase:
    """The primary with its replicas. Neither is open before it answers."""

    def group(name: str, patience: float, url: str) -> ServerGroup:
        def probe() -> Awaitable[Database]:
            cache = settings.statement_cache
            return open_database(url, pool_size=1, busy_seconds=1, statement_seconds=1, statement_cache=cache)

        return ServerGroup(name, patience, lambda: _opened(settings, url), probe)

    primary = group("primary", PRIMARY_PATIENCE, settings.database_url)
    replica = group("replica", REPLICA_PATIENCE, replicas_url(settings.read_database_url))
    database = ReplicatedDatabase(primary, replica, max(settings.pool_size // HEDGED_SHARE, 1))
    database.url, database.keys = settings.database_url, keys_of(settings)
    return database


def _services(
    settings: Settings,
    now: Callable[[], datetime],
    limits: Limits,
    metrics: Metrics,
    draining: Draining,
    database: Database,
) -> Services:
    reference = ReferenceCache()
    roll_up_worker, outbox = RollUpWorker(), Outbox(settings, reference, now)
    gauges = RegisterGauges(timedelta(seconds=settings.metrics_cache_seconds), settings.due_soon_days)

    def committed() -> None:
        roll_up_worker.appended()
        outbox.worker.changed()

    return Services(
        settings=settings,
        now=now,
        database=database,
        limits=limits,
        metrics=metrics,
        draining=draining,
        register_gauges=lambda: gauges.shown(database, reference, now()),
        tokens=TokenCache(timedelta(seconds=settings.token_cache_seconds)),
        token_uses=TokenUses(),
        session_uses=SessionUses(),
        sign_on=SignOn(settings, reference, trust(settings.ca_file).web if settings.sso_issuer else None),
        hasher=Hasher(),
        access_log=AccessLog(ViewSpool(Path(settings.views_dir)) if settings.views_dir else None),
        committed=committed,
        reference=reference,
        rating_keys=RatingKeys(),
        printer=Printer(Path(settings.slips_dir) if settings.slips_dir else None, settings.public_url),
        seal_tree=SealTree(),
        experiences=Experiences(),
        webhook_networks=Networks(settings.webhook_networks),
        roll_up_worker=roll_up_worker,
        outbox=outbox,
    )


@asynccontextmanager
async def working(services: Services) -> AsyncIterator[None]:
    """Works beside the requests while the block runs."""
    database, now, watch = services.database, services.now, services.metrics
    folder = services.settings.seals_dir
    spool, authority = services.access_log.spool, _authority(services.settings)
    async with (
        services.roll_up_worker.running(database, watch),
        services.token_uses.running(database, watch),
        services.session_uses.running(database, watch),
        services.sign_on.running(),
        spool.running(database, watch) if spool and isinstance(database, ReplicatedDatabase) else nullcontext(),
        providing_near_years(database, now, watch),
        continuing_reforms(worker_of(services), watch),
        deleting_expired(database, now, watch),
        adding_months(database, now, watch),
        making_seals(database, now, timedelta(minutes=services.settings.seal_minutes), watch),
        copying_seals(database, Path(folder), watch) if folder else nullcontext(),
        stamping_seals(database, now, authority, watch) if authority else nullcontext(),
        measuring_pools(database, watch),
        services.outbox.running(database, watch) if services.settings.outbox_worker else nullcontext(),
    ):
        yield


def _authority(settings: Settings) -> Authority | None:
    """The authority that stamps the seals, None without an address."""
    if not settings.timestamp_url:
        return None
    return Authority(
        url=settings.timestamp_url,
        roots=timestamp_roots_of(settings),
        context=trust(settings.ca_file).web,
        every=timedelta(minutes=settings.timestamp_minutes),
    )


async def settle(services: Services) -> None:
    """Loads what every request needs, then excludes it from garbage collection, which paused for 50 ms to walk it."""
    # While the database cannot be reached, the first request that reaches it loads the data.
    with suppress(DatabaseUnavailable):
        async with services.database.reading() as connection:
            await services.reference.current(connection)
    gc.collect()
    gc.freeze()
