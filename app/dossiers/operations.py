"""What the operations on a dossier are called in the interface, and what is said of each."""

from collections.abc import Mapping

from app.domain.lifecycle import Action

SUMMARIES: Mapping[Action, str] = {
    Action.RECEIVE: "Accept a submitted dossier: the clock starts",
    Action.DECLINE: "Decline a submitted dossier",
    Action.FORWARD: "Hand it to another unit, recall it or send it back",
    Action.TAKE: "Begin work, or acknowledge a hand-off",
    Action.REQUEST_SUPPLEMENT: "Ask for papers: the clock stops",
    Action.SUPPLEMENT: "The papers came: the clock goes on",
    Action.REQUEST_PAYMENT: "Ask for a payment: the clock stops",
    Action.PAY: "It was paid: the clock goes on",
    Action.SUSPEND: "Suspend for a verification that the law excludes",
    Action.RESUME: "End that suspension",
    Action.EXTEND: "Extend the time limit lawfully",
    Action.RESCHEDULE: "Apologise and promise a later date",
    Action.TRANSFER: "Make another unit responsible",
    Action.FINISH: "The result is ready at the counter",
    Action.RETURN: "The result is in the applicant's hands",
    Action.WITHDRAW: "The applicant takes the request back",
    Action.DISCONTINUE: "End it without a result",
}

# Who may, from where, and what it does (rules §8).
DESCRIPTIONS: Mapping[Action, str] = {
    Action.RECEIVE: "By a clerk: the papers are complete. Fixes the procedure's version, the limit and the due date.",
    Action.DECLINE: "By a clerk, of one only submitted; its reason is told. No time limit ever ran.",
    Action.FORWARD: "By a clerk or officer of an open one. Until it is taken, the giver recalls it or the receiver "
    "sends it back the same way; that hand-off closes as `not_taken`.",
    Action.TAKE: "By an officer of the holder: the status becomes `processing`, a hand-off `taken`.",
    Action.REQUEST_SUPPLEMENT: "By an officer, or by a clerk while only submitted, which suspends nothing. More "
    "requests than the procedure's usual number need a supervisor and a legal basis.",
    Action.SUPPLEMENT: "By a clerk: the status before returns, and the due date moves as the procedure's policy says.",
    Action.REQUEST_PAYMENT: "By an officer: the dossier waits until the applicant has paid.",
    Action.PAY: "By a clerk: the status before returns, and the due date moves as the procedure's policy says.",
    Action.SUSPEND: "By an officer, with a legal basis: the status stays, the clock shows `suspended`.",
    Action.RESUME: "By an officer: the due date moves as the procedure's policy says.",
    Action.EXTEND: "By a supervisor, on or before the due date, up to what the procedure's version allows.",
    Action.RESCHEDULE: "By a supervisor, once: a later `promised_date`. The verdict stays against the due date.",
    Action.TRANSFER: "By a supervisor: changes the responsible unit and the holder; the due date stays.",
    Action.FINISH: "By an officer: the verdict is given and the dossier goes to its counter. During a suspension only "
    "as `refused`; a refusal needs its reason.",
    Action.RETURN: "By a clerk, of one finished: to whom it was given, and how. Closes the dossier.",
    Action.WITHDRAW: "By a clerk, of one submitted or open. Closes the dossier.",
    Action.DISCONTINUE: "By a supervisor, of an open one, with a legal basis. Closes the dossier.",
}


def endpoint_name(action: Action) -> str:
    """The name of the action's endpoint, and so of its operation: `take_dossier`, `request_supplement`."""
    if action is Action.RECEIVE:
        return "receive_submitted_dossier"  # `receive_dossier` receives one that was not submitted before
    verb, _, noun = action.value.partition("-")
    return f"{verb}_{noun or 'dossier'}"
