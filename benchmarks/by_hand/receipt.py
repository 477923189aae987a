"""The receipt by hand: the token from memory, one body, one transaction, the same response. Due today at 17:00."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta

from fastapi import HTTPException, Request, Response

from app.domain.localtime import TZ
from app.dossiers.answer_schemas import ApplicantOut, DossierOut, LimitOut, MoneyOut
from app.dossiers.schemas import DossierIn
from app.text_input import fold
from benchmarks.by_hand.records import Memory, Receipt

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


async def receive(request: Request, body: DossierIn) -> Response:
    """The route of a receipt."""
    token = request.headers.get("authorization", "")[7:]
    client = request.app.state.clients.get(hashlib.sha256(token.encode()).hexdigest())
    if client is None:
        raise HTTPException(401)
    memory: Memory = request.app.state.memory
    receipt = _receipt(memory, body, client, datetime.now(TZ).replace(microsecond=0))
    code = await request.app.state.store.receive(receipt)
    answer = _answer(memory, body, receipt, code)
    headers = {"Location": f"/api/v1/dossiers/{code}"}
    return Response(answer.model_dump_json(), status_code=201, headers=headers, media_type="application/json")


def _receipt(memory: Memory, body: DossierIn, client: str, at: datetime) -> Receipt:
    unit, agency = memory.present[str(body.receiving_unit)]
    procedure, version = memory.in_force[body.procedure]
    due_at = at.replace(hour=17, minute=0, second=0)
    documents = [document.model_dump() for document in body.documents]
    texts = _json({"documents": documents, "officer": body.officer})
    data = {
        "channel": body.channel,
        "clock_policy": "exclude",
        "deadline": {
            "calendar": [9],
            "due_at": due_at.isoformat(),
            "due_date": due_at.date().isoformat(),
            "original_due_date": due_at.date().isoformat(),
            "provisional": False,
            "sessions": None,
        },
        "fee": body.fee,
        "limit": {"amount": None, "unit": "same_day"},
        "procedure": procedure,
        "procedure_version": version,
        "receiving_unit": unit,
        "responsible_unit": unit,
        "texts": ["documents"],
    }
    applicant = body.applicant
    commune = memory.present[applicant.commune][0] if applicant.commune else None
    salt, text_salt = secrets.token_hex(16), secrets.token_hex(16)
    hashed = _json({**applicant.model_dump(exclude={"commune"}, exclude_none=True), "commune_unit_id": commune})
    return Receipt(
        agency=agency,
        day=at.date(),
        at=at,
        due_at=due_at,
        overdue_from=due_at.replace(hour=0) + timedelta(days=1),
        unit=unit,
        procedure=procedure,
        version=version,
        summary=body.summary,
        documents=_json(documents),
        officer=body.officer,
        client=client,
        data=_json(data),
        text_salt=text_salt,
        text_hash=hashlib.sha256(f"{text_salt}\n{texts}".encode()).hexdigest(),
        texts=texts,
        applicant_salt=salt,
        applicant_hash=hashlib.sha256(f"{salt}\n{hashed}".encode()).hexdigest(),
        kind=applicant.kind,
        name=applicant.name,
        name_folded=fold(applicant.name),
        identity_number=applicant.identity_number,
        phone=applicant.phone,
        email=applicant.email,
        address=applicant.address,
        commune=commune,
    )


def _answer(memory: Memory, body: DossierIn, receipt: Receipt, code: str) -> DossierOut:
    unit = memory.units[receipt.unit]
    return DossierOut(
        code=code,
        external=[],
        procedure=memory.procedures[receipt.procedure, receipt.version],
        applicant=ApplicantOut(
            **body.applicant.model_dump(exclude={"commune"}),
            commune=memory.units[receipt.commune] if receipt.commune else None,
        ),
        handed_in_by=None,
        further_applicants=[],
        warnings=[],
        summary=body.summary,
        documents=[document.model_dump() for document in body.documents],
        channel=body.channel,
        return_method=body.return_method,
        notify=body.notify,
        fee=body.fee,
        money=MoneyOut(due=body.fee, asked=0, paid=body.fee, refunded=0, outstanding=0),
        receiving_unit=unit,
        responsible_unit=unit,
        holder_unit=unit,
        officer=body.officer,
        counter_unit=unit,
        stage="receive",
        status="received",
        closed=False,
        national_status=2,
        submitted_at=None,
        received_at=receipt.at,
        limit=LimitOut(amount=None, unit="same_day"),
        clock="running",
        provisional=False,
        due_date_expected=False,
        original_due_date=receipt.day,
        due_date=receipt.day,
        due_at=receipt.due_at,
        projected_due_date=None,
        promised_date=None,
        working_days_left=0,
        overdue=False,
        finished_at=None,
        outcome=None,
        verdict=None,
        late_cause=None,
        late_cause_wanted=False,
        returned_at=None,
        hand_offs=[],
        conditions=[],
        flags=[],
        pending_corrections=[],
        version=1,
        allowed_actions=["forward", "withdraw"],
    )
