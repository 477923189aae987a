"""Routes of the tree of seals: signed checkpoints, and proofs between seals, without a token (docs/journal.md)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.dependencies import Reading
from app.audit.seals.dependencies import SealServices
from app.audit.seals.queries import last_seal
from app.audit.seals.tree import Checkpoint
from app.audit.seals.tree_schemas import ConsistencyOut, SealInclusionOut, SealKeysOut
from app.domain.errors import Invalid, NotFound
from app.domain.growing_tree import GrowingTree
from app.encryption.signed_notes import COSIGNATURE, Signer
from app.http.etags import conditional, conditional_json
from app.settings import seal_signer_of

router = APIRouter(prefix="/api/v1/seals", tags=["seals"])

_TEXT = "text/plain; charset=utf-8"
_NOTE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The signed note", "content": {"text/plain": {"schema": {"type": "string"}}}}
}

Size = Annotated[int | None, Query(ge=1, lt=2**31, description="number of seals in the tree; all by default")]


@router.get("/checkpoint", summary="The signed head of the tree", response_class=Response, responses=_NOTE)
async def get_checkpoint(request: Request, connection: Reading, size: Size = None) -> Response:
    """A signed note: name of the register, number of seals, root of the tree over their hashes.

    Its form is that of Certificate Transparency (C2SP `tlog-checkpoint`), which others' tools read.
    """
    signer = _signer(request)
    tree = await _tree(request, connection)
    chosen = _size(tree, size, "/size")
    note = signer.sign(Checkpoint(signer.name, chosen, tree.root(chosen)).text)
    return conditional(request, note.encode(), chosen, private=False, media_type=_TEXT)


@router.get("/keys", response_model=SealKeysOut, summary="The public keys of the checkpoints")
async def get_seal_keys(request: Request, connection: Reading) -> Response:
    """The keys that check the signatures of this register, under checkpoints of its own and of others."""
    signer = _signer(request)
    last = await last_seal(connection)
    keys = SealKeysOut(
        origin=signer.name,
        verifier_key=str(signer.verifier()),
        witness_key=str(signer.verifier(COSIGNATURE)),
    )
    return conditional_json(request, keys, last.number if last else 0, private=False)


@router.get("/consistency", response_model=ConsistencyOut, summary="Prove that the tree only grew")
async def get_consistency_proof(
    request: Request,
    connection: Reading,
    old: Annotated[int, Query(ge=1, lt=2**31, description="number of seals of the older tree", examples=[7])],
    new: Size = None,
) -> Response:
    """Hashes which show that the newer tree begins with the seals of the older one (RFC 6962, section 2.1.2)."""
    tree = await _tree(request, connection)
    newer = _size(tree, new, "/new")
    older = _size(tree, old, "/old")
    if older > newer:
        raise Invalid("seal_sizes", "The older tree has more seals than the newer one.", pointer="/old")
    proof = ConsistencyOut(
        old=older,
        old_root=tree.root(older).hex(),
        new=newer,
        new_root=tree.root(newer).hex(),
        hashes=[item.hex() for item in tree.consistency(older, newer)],
    )
    return conditional_json(request, proof, newer, private=False)


@router.get("/{number}/inclusion", response_model=SealInclusionOut, summary="Prove that a seal is in the tree")
async def get_seal_inclusion(
    request: Request,
    connection: Reading,
    number: Annotated[int, Path(ge=1, lt=2**31, description="number of the seal", examples=[7])],
    size: Size = None,
) -> Response:
    """The path from a seal to the root of the tree (RFC 6962, section 2.1.1)."""
    tree = await _tree(request, connection)
    chosen = _size(tree, size, "/size")
    if number > chosen:
        raise NotFound("unknown_seal", f"The tree of {chosen} seals has no seal {number}.")
    proof = SealInclusionOut(
        seal=number,
        size=chosen,
        root=tree.root(chosen).hex(),
        leaf=tree.leaf(number - 1).hex(),
        hashes=[item.hex() for item in tree.inclusion(number - 1, chosen)],
    )
    return conditional_json(request, proof, chosen, private=False)


def _signer(request: Request) -> Signer:
    signer = seal_signer_of(SealServices.of(request.app).settings)
    if signer is None:
        raise NotFound("no_seal_key", "This register signs no checkpoints: MOTCUA_SEAL_KEY is not set.")
    return signer


async def _tree(request: Request, connection: Reading) -> GrowingTree:
    return await SealServices.of(request.app).seal_tree.grown(connection)


def _size(tree: GrowingTree, size: int | None, pointer: str) -> int:
    """The wanted size, which the tree has. Raises NotFound `unknown_seal`."""
    chosen = tree.size if size is None else size
    if not 0 < chosen <= tree.size:
        raise NotFound("unknown_seal", f"There are {tree.size} seals.", pointer=pointer)
    return chosen
