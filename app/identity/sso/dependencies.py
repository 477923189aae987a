"""Services of requests that concern the single sign-on."""

from dataclasses import dataclass

from app.catalogue.dependencies import CatalogueServices
from app.identity.sso.service import SignOn


@dataclass(frozen=True, kw_only=True)
class SignOnServices(CatalogueServices):
    """The services of requests that concern the single sign-on."""

    sign_on: SignOn
