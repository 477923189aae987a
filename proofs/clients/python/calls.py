"""Calls the service with the client that openapi-python-client has generated; mypy checks it with that client."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from motcua import AuthenticatedClient, Client
from motcua.api.deadline import compute_deadline
from motcua.api.dossiers import (
    finish_dossier,
    get_dossier,
    list_dossiers,
    list_journal_entries,
    receive_dossier,
    return_dossier,
    search_dossiers,
    take_dossier,
)
from motcua.api.lookup import look_up_dossier
from motcua.api.slips import get_counter_register, get_slip
from motcua.api.statistics import get_on_time_figures, get_ranking, get_trend
from motcua.api.tokens import get_current_caller
from motcua.models import (
    ApplicantIn,
    CallerOut,
    DeadlineIn,
    DeadlineOut,
    DossierIn,
    DossierOut,
    DossierPage,
    EntryPage,
    FinishIn,
    LookupOut,
    OnTimeOut,
    PlainIn,
    Problem,
    RankingOut,
    ReceiptOut,
    ReturnIn,
    SearchIn,
    TrendOut,
)
from motcua.types import File

T = TypeVar("T")

FACTS: dict[str, str] = json.loads(Path("../facts.json").read_text(encoding="utf-8"))
FIRST, LAST = date.fromisoformat(FACTS["first"]), date.fromisoformat(FACTS["last"])


def client_of(role: str) -> AuthenticatedClient:
    return AuthenticatedClient(FACTS["address"], token=FACTS[role])


def the(kind: type[T], operation: str, answer: object) -> T:
    """The answer, once it is seen to be of the type that the client promises."""
    if not isinstance(answer, kind):
        raise SystemExit(f"{operation} answered {answer!r} and no {kind.__name__}")
    print(operation, kind.__name__)
    return answer


def life_of_a_dossier() -> str:
    """The code of a dossier that was received, taken, finished and returned."""
    clerk, officer = client_of("clerk"), client_of("officer")
    applicant = ApplicantIn(name="Nguyễn Thị Hoa", phone="0905123456")
    body = DossierIn(procedure="1.004837", receiving_unit=FACTS["unit"], applicant=applicant, channel="counter")
    receipt = the(ReceiptOut, "receiveDossier", receive_dossier.sync(client=clerk, body=body))
    code = receipt.code
    again = receive_dossier.sync_detailed(client=clerk, body=DossierIn(procedure="0.000000", applicant=applicant))
    problem = the(Problem, "receiveDossier", again.parsed)
    assert (again.status_code, problem.status, problem.code) == (422, 422, "unknown_procedure"), problem
    the(DossierOut, "takeDossier", take_dossier.sync(code, client=officer, body=PlainIn(officer="Trần Văn Minh")))
    finish = FinishIn(outcome="granted")
    finished = the(DossierOut, "finishDossier", finish_dossier.sync(code, client=officer, body=finish))
    assert finished.due_date is not None
    assert finished.finished_at is not None
    assert finished.due_date > finished.finished_at.date()
    handed = ReturnIn(received_by="Nguyễn Thị Hoa", how="counter")
    returned = the(DossierOut, "returnDossier", return_dossier.sync(code, client=clerk, body=handed))
    assert (returned.outcome, returned.verdict) == ("granted", "early"), returned
    return code


def readings_of(code: str) -> None:
    clerk = client_of("clerk")
    dossier = the(DossierOut, "getDossier", get_dossier.sync(code, client=clerk))
    assert dossier.applicant is not None
    assert dossier.applicant.name == "Nguyễn Thị Hoa"
    entries = the(EntryPage, "listJournalEntries", list_journal_entries.sync(code, client=clerk))
    assert [entry.type_ for entry in entries.items] == ["receive", "take", "finish", "return"], entries
    closed = list_dossiers.sync(client=clerk, status=["returned"], received_from=FIRST, limit=3)
    assert the(DossierPage, "listDossiers", closed).items
    body = SearchIn(phone="0905123456", open_=[True, False])
    searched = the(DossierPage, "searchDossiers", search_dossiers.sync(client=clerk, body=body))
    assert [item.code for item in searched.items] == [code], searched
    looked_up = the(LookupOut, "lookUpDossier", look_up_dossier.sync(code, client=Client(FACTS["address"])))
    assert looked_up.status == "returned"
    slip = the(File, "getSlip", get_slip.sync(code, "receipt", client=clerk, paper="a5"))
    assert slip.payload.read(5) == b"%PDF-"


def readings_of_figures() -> None:
    supervisor, anybody = client_of("supervisor"), Client(FACTS["address"])
    caller = the(CallerOut, "getCurrentCaller", get_current_caller.sync(client=supervisor))
    assert caller.role == "supervisor"
    figures = get_on_time_figures.sync(client=anybody, from_=FIRST, to=LAST, by="month", channel=["counter", "online"])
    assert the(OnTimeOut, "getOnTimeFigures", figures).total.received.total > 0
    ranking = the(RankingOut, "getRanking", get_ranking.sync(client=anybody, from_=FIRST, to=LAST, of="commune"))
    assert ranking.rows
    trend = the(TrendOut, "getTrend", get_trend.sync(client=anybody, period=f"{FIRST:%Y-%m}", by="commune"))
    assert trend.rows
    asked = DeadlineIn(received_at=datetime(2025, 3, 3, 8, 30, tzinfo=UTC), procedure="1.004837")
    deadline = the(DeadlineOut, "computeDeadline", compute_deadline.sync(client=anybody, body=asked))
    assert deadline.due_date > FIRST
    papers = get_counter_register.sync(client=supervisor, unit=FACTS["unit"], from_=FIRST, to=LAST)
    assert the(File, "getCounterRegister", papers).payload.read(5) == b"%PDF-"


readings_of(life_of_a_dossier())
readings_of_figures()
