"""Services of requests that manage webhooks."""

from dataclasses import dataclass

from app.catalogue.dependencies import CatalogueServices
from app.notifications.webhooks.addresses import Networks


@dataclass(frozen=True, kw_only=True)
class WebhookServices(CatalogueServices):
    """The services of requests that subscribe webhooks: `webhook_networks` decides which addresses are allowed."""

    webhook_networks: Networks
