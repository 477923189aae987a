"""Services of requests that print slips."""

from dataclasses import dataclass

from app.dossiers.dependencies import DossierServices
from app.slips.rendering import Printer


@dataclass(frozen=True, kw_only=True)
class SlipServices(DossierServices):
    """Services of requests for slips and registers."""

    printer: Printer
