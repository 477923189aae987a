"""Services of requests for seals and their tree."""

from dataclasses import dataclass

from app.audit.seals.tree import SealTree
from app.dossiers.dependencies import DossierServices


@dataclass(frozen=True, kw_only=True)
class SealServices(DossierServices):
    """Services of requests for checkpoints and proofs between seals."""

    seal_tree: SealTree
