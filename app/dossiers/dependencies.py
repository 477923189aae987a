"""Services of requests that receive and show dossiers."""

from dataclasses import dataclass

from app.catalogue.dependencies import CatalogueServices
from app.dossiers.rating_keys import RatingKeys


@dataclass(frozen=True, kw_only=True)
class DossierServices(CatalogueServices):
    """The services of requests that may print a rating key."""

    rating_keys: RatingKeys
