"""Route of the heads that this register has cosigned for others."""

from fastapi import APIRouter, Request, Response

from app.access.dependencies import Reading
from app.http.etags import conditional_json
from app.operations.witness.queries import newest_cosigned
from app.operations.witness.schemas import CosignedOut, WitnessedOut

router = APIRouter(prefix="/api/v1/seals", tags=["seals"])


@router.get("/witnessed", response_model=WitnessedOut, summary="Heads of other registers, cosigned here")
async def list_witnessed_heads(request: Request, connection: Reading) -> Response:
    """The newest cosigned head of each register that this one witnesses, without a token.

    A check of another register compares its seals with the head that stands here.
    """
    rows = await newest_cosigned(connection)
    items = [CosignedOut(origin=row.origin, size=row.size, cosigned_at=row.cosigned_at, note=row.note) for row in rows]
    return conditional_json(request, WitnessedOut(items=items), sum(row.size for row in rows), private=False)
