"""The actions as operations of the interface: the body of each, and its texts in the OpenAPI document."""

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.lifecycle import Action
from app.dossiers.action_schemas import (
    ApplyConditionIn,
    ApproveCorrectionIn,
    CorrectIn,
    DiscontinueIn,
    ExtendIn,
    FinishIn,
    ForwardIn,
    PayIn,
    PlainIn,
    ReasonIn,
    ReceiveIn,
    RefundIn,
    RejectCorrectionIn,
    RequestPaymentIn,
    RequestSupplementIn,
    RescheduleIn,
    ReturnIn,
    SupplementIn,
    SuspendIn,
    TransferIn,
    VoidIn,
    WithdrawIn,
)
from app.dossiers.schemas import ActIn, DossierIn


class Operation(NamedTuple):
    """One action: its body, a short summary, and who may do it, from where, with which effect (rules §8)."""

    body: type[ActIn]
    summary: str
    description: str


# Each action of `domain.lifecycle.TRANSITIONS`. The routes of dossiers are made from this table.
OPERATIONS: Mapping[Action, Operation] = {
    Action.RECEIVE: Operation(
        ReceiveIn,
        "Accept a submitted dossier: the clock starts",
        "By a clerk: the papers are complete. Fixes the procedure's version, the limit and the due date.",
    ),
    Action.DECLINE: Operation(
        ReasonIn,
        "Decline a submitted dossier",
        "By a clerk, while the dossier is only submitted. The reason is needed. No time limit ever ran.",
    ),
    Action.FORWARD: Operation(
        ForwardIn,
        "Hand it to another unit, recall it or send it back",
        "By a clerk or officer, while it is open. Before `take`, the giver recalls it or the receiver sends it back in "
        "the same way; that hand-off closes as `not_taken`.",
    ),
    Action.TAKE: Operation(
        PlainIn,
        "Begin work, or acknowledge a hand-off",
        "By an officer of the holder: the status becomes `processing`, a hand-off `taken`.",
    ),
    Action.REQUEST_SUPPLEMENT: Operation(
        RequestSupplementIn,
        "Ask for papers: the clock stops",
        "By an officer. By a clerk while it is only submitted; nothing is suspended then. More requests than the "
        "procedure's usual number need a supervisor and a legal basis.",
    ),
    Action.SUPPLEMENT: Operation(
        SupplementIn,
        "The papers came: the clock goes on",
        "By a clerk: the status before returns, and the due date moves as the procedure's policy says.",
    ),
    Action.REQUEST_PAYMENT: Operation(
        RequestPaymentIn,
        "Ask for a payment: the clock stops",
        "By an officer: the dossier waits until the applicant has paid this amount.",
    ),
    Action.PAY: Operation(
        PayIn,
        "The applicant paid: the clock goes on",
        "By a clerk: all that is open, or a part. Once the amount that was asked for is paid, the status before "
        "returns, and the due date moves as the procedure's policy says.",
    ),
    Action.REFUND: Operation(
        RefundIn,
        "Give money back",
        "By a supervisor, with a reason: at most what was paid and not given back. What is due is not opened again.",
    ),
    Action.SUSPEND: Operation(
        SuspendIn,
        "Suspend for a verification that the law excludes",
        "By an officer, with a legal basis: the status stays, the clock shows `suspended`.",
    ),
    Action.RESUME: Operation(
        PlainIn,
        "End the suspension for a verification",
        "By an officer: the due date moves as the procedure's policy says.",
    ),
    Action.EXTEND: Operation(
        ExtendIn,
        "Extend the time limit lawfully",
        "By a supervisor, on or before the due date, up to the number of days that the procedure's version allows.",
    ),
    Action.APPLY_CONDITION: Operation(
        ApplyConditionIn,
        "Apply a condition that lengthens the limit",
        "By an officer, on or before the due date. Each condition of the procedure's version applies once.",
    ),
    Action.RESCHEDULE: Operation(
        RescheduleIn,
        "Apologise and promise a later date",
        "By a supervisor, once: a later `promised_date`. The verdict stays against the due date.",
    ),
    Action.TRANSFER: Operation(
        TransferIn,
        "Make another unit responsible",
        "By a supervisor: changes the responsible unit and the holder; the due date stays.",
    ),
    Action.FINISH: Operation(
        FinishIn,
        "The result is ready at the counter",
        "By an officer: the verdict is given and the dossier goes to its counter. During a suspension only as "
        "`refused`; a refusal needs its reason. Recorded after the due date but dated before, it is recorded now, and "
        "its time is a correction that another client approves.",
    ),
    Action.RETURN: Operation(
        ReturnIn,
        "Hand the result to the applicant",
        "By a clerk, once it is finished: the person who received it, and how. Closes the dossier.",
    ),
    Action.WITHDRAW: Operation(
        WithdrawIn,
        "The applicant withdraws the request",
        "By a clerk, while it is submitted or open. Closes the dossier.",
    ),
    Action.DISCONTINUE: Operation(
        DiscontinueIn,
        "End it without a result",
        "By a supervisor, while it is open, with a legal basis. Closes the dossier.",
    ),
    Action.CORRECT: Operation(
        CorrectIn,
        "Ask for a correction of the journal",
        "By a supervisor: asks for other values in one entry. Nothing changes until another client approves it. It is "
        "refused at once if the corrected journal would not be lawful. `?dry_run=true` answers with the dossier as it "
        "would be after the approval.",
    ),
    Action.APPROVE_CORRECTION: Operation(
        ApproveCorrectionIn,
        "Approve a correction: it takes effect",
        "By a supervisor; the client that asked for it cannot approve it. All deadlines after the entry are computed "
        "again from the present journal, and the old entry stays. If that is no longer lawful, the answer is 409 "
        "`journal_not_lawful` and the correction stays pending.",
    ),
    Action.REJECT_CORRECTION: Operation(
        RejectCorrectionIn,
        "Reject or withdraw a correction",
        "By any supervisor of the dossier, with a reason. The client that asked for it withdraws it in this way.",
    ),
    Action.VOID: Operation(
        VoidIn,
        "Void an entry made by mistake",
        "By the client that recorded the entry, soon after and as long as it is the last one: at once. Otherwise a "
        "supervisor asks, and another client approves with `approve-correction`. If later entries need the entry, the "
        "answer is 409 `later_entries` with their sequences in `entries`. Voiding the first entry annuls the dossier.",
    ),
}

# The bodies of all entries that people record; `submit` opens a dossier and is no operation of its own.
BODIES: Mapping[Action, type[ActIn]] = {
    Action.SUBMIT: DossierIn,
    **{action: operation.body for action, operation in OPERATIONS.items()},
}


def endpoint_name(action: Action) -> str:
    """The name of the action's endpoint, and so of its operation: `take_dossier`, `request_supplement`."""
    if action is Action.RECEIVE:
        return "receive_submitted_dossier"  # `receive_dossier` receives one that was not submitted before
    if action is Action.CORRECT:
        return "request_correction"
    if action is Action.VOID:
        return "void_entry"
    verb, _, noun = action.value.partition("-")
    return f"{verb}_{noun or 'dossier'}"
