"""Records acts; one that makes a late dossier timely by its stated time waits for a second person (rules §7)."""

from app.domain.cured_lateness import cures_lateness
from app.domain.errors import NotAllowed
from app.domain.lifecycle import Action
from app.domain.localtime import local
from app.dossiers import corrections
from app.dossiers.action_schemas import CorrectIn
from app.dossiers.permissions import permissions_for
from app.dossiers.queries import Dossier
from app.dossiers.schemas import ActIn, split
from app.dossiers.service import allowed_now, decide_act, record_act
from app.dossiers.unit_of_work import UnitOfWork


async def act_on(work: UnitOfWork, dossier: Dossier, action: Action, body: ActIn) -> Dossier:
    """Records an action on a dossier with a locked row, and returns the dossier after it (rules §8).

    An act that would cure a lateness is recorded at the present time, with a pending correction to the stated time.
    Raises as `decide_act`, and NotAllowed `late_act_needs_supervisor` for such an act of others or without a reason.
    """
    act = decide_act(work, dossier, action, body)
    if not cures_lateness(dossier.state, act.after.state, act.entry.occurred_at, work.now):
        return await record_act(work, dossier, act)
    _inputs, words = split(body)
    reason = words.get("reason") or words.get("note")
    if not work.supervisor or not reason:
        allowed = allowed_now(work, dossier, permissions_for(dossier.state, work.caller, work.scope_for(dossier)))
        detail = (
            "The dossier is overdue, and the stated time would make it timely: that needs a supervisor with a reason, "
            "and another one who approves. Without a time the act is recorded now."
        )
        raise NotAllowed("late_act_needs_supervisor", detail, pointer="/at", allowed_actions=allowed)
    present = decide_act(work, dossier, action, body.model_copy(update={"at": None}))
    recorded = await record_act(work, dossier, present)
    stated = local(act.entry.occurred_at).isoformat()
    asked = CorrectIn(sequence=present.entry.sequence, changes={"at": stated}, reason=reason)
    return await corrections.request(work, recorded, asked)
