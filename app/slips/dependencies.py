"""Services of requests that print slips."""

from dataclasses import dataclass

from app.dossiers.dependencies import DossierServices
from app.slips.rendering import Printer


@dataclass(frozen=True, kw_only=True)
class SlipServices(DossierServices):
    """The services of requests that print slips and registers."""

    printer: Printer
