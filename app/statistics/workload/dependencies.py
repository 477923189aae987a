"""Services of requests for the workload."""

from dataclasses import dataclass

from app.catalogue.dependencies import CatalogueServices
from app.statistics.workload.forecast_inputs import Experiences


@dataclass(frozen=True, kw_only=True)
class WorkloadServices(CatalogueServices):
    """The services of requests for the workload and its forecast."""

    experiences: Experiences
