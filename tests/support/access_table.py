"""Rights of callers: each operation for each role, with the subject inside and outside the subtree of the unit.

The subject is a dossier of the commune Trà My (20899), or a token for it. `in` is a caller of that commune, `out` one
of another commune, `all` one for all units. The first column is a caller without a token. A cell has the expected
answer:

    ok      2xx
    none    2xx with an empty list, because the caller may see no item
    401     a token is required
    no      403
"""

TABLE = """
                                                    |     | clerk         | officer       | supervisor    | reporter      | administrator
                                                    |     | in   out  all | in   out  all | in   out  all | in   out  all | in   out  all
----------------------------------------------------|-----|---------------|---------------|---------------|---------------|---------------
get   /api/v1/lookup/{code}                         | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/lookup/{code}/deadline                | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/lookup/{code}/views                   | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
post  /api/v1/lookup/{code}/rating                  | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
post  /api/v1/deadline                              | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok

get   /api/v1/dossiers                              | 401 | ok   none ok  | ok   none ok  | ok   none ok  | ok   none ok  | ok   none ok
post  /api/v1/dossiers/search                       | 401 | ok   none ok  | ok   none ok  | ok   none ok  | ok   none ok  | ok   none ok
post  /api/v1/dossiers/similar                      | 401 | ok   none ok  | no   no   no  | ok   none ok  | no   no   no  | no   no   no
get   /api/v1/dossiers/{code}                       | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/dossiers/{code}/journal               | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/dossiers/{code}/journal/proof         | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/dossiers/{code}/access-log            | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
get   /api/v1/dossiers/{code}/deadline              | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/dossiers/{code}/slips                 | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/dossiers/{code}/slips/{kind}          | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/slips/register                        | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/ratings                               | 401 | ok   none ok  | ok   none ok  | ok   none ok  | no   no   no  | no   no   no
get   /api/v1/late-records                          | 401 | no   no   no  | no   no   no  | ok   none ok  | no   no   no  | no   no   no
get   /api/v1/payments                              | 401 | ok   none ok  | no   no   no  | ok   none ok  | no   no   no  | no   no   no
post  /api/v1/dossiers                              | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
patch /api/v1/dossiers/{code}                       | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/receive               | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/decline               | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/forward               | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/take                  | 401 | no   no   no  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/request-supplement    | 401 | no   no   no  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/supplement            | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/request-payment       | 401 | no   no   no  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/pay                   | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/refund                | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/suspend               | 401 | no   no   no  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/apply-condition       | 401 | no   no   no  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/resume                | 401 | no   no   no  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/extend                | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/reschedule            | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/transfer              | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/finish                | 401 | no   no   no  | ok   no   ok  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/return                | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/withdraw              | 401 | ok   no   ok  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/discontinue           | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/correct               | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/approve-correction    | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/reject-correction     | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
post  /api/v1/dossiers/{code}/void                  | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no

get   /api/v1/statistics/on-time                    | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/on-time/dossiers           | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/statistics/form-ii-06a                | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/lateness                   | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/office-table               | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/ranking                    | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/ratings                    | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/trend                      | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/lead-time                  | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/workload                   | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/statistics/patterns                   | 401 | no   no   no  | no   no   no  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/statistics/patterns/dossiers          | 401 | no   no   no  | no   no   no  | ok   no   ok  | ok   no   ok  | ok   no   ok
get   /api/v1/statistics/score-table                | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
put   /api/v1/statistics/score-table                | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok

get   /api/v1/seals                                 | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/seals/checkpoint                      | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/seals/keys                            | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/seals/stamps                          | none | none none none | none none none | none none none | none none none | none none none
get   /api/v1/seals/witnessed                       | none | none none none | none none none | none none none | none none none | none none none
get   /api/v1/seals/consistency                     | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/seals/{number}/inclusion              | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok

get   /api/v1/units                                 | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/units/{unit_id}                       | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
post  /api/v1/units                                 | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
patch /api/v1/units/{unit_id}                       | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
post  /api/v1/units/{unit_id}/succeed               | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
post  /api/v1/outages                               | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | no   no   no
get   /api/v1/catalogues                            | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
post  /api/v1/catalogues                            | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
get   /api/v1/procedures                            | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/procedures/{code}                     | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
post  /api/v1/procedures                            | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
post  /api/v1/procedures/{code}/versions            | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
patch /api/v1/procedures/{code}                     | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
patch /api/v1/procedures/{code}/versions/{version}  | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
get   /api/v1/procedures/{code}/thresholds          | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
put   /api/v1/procedures/{code}/thresholds          | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
get   /api/v1/calendar/{year}                       | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
put   /api/v1/calendar/{year}                       | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok

get   /api/v1/reference/workbook                    | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok
post  /api/v1/reference/workbook                    | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   ok

get   /api/v1/webhooks                              | 401 | no   no   no  | no   no   no  | ok   none ok  | no   no   no  | ok   none ok
get   /api/v1/webhooks/{webhook_id}                 | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
post  /api/v1/webhooks                              | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
delete /api/v1/webhooks/{webhook_id}                | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
post  /api/v1/webhooks/{webhook_id}/replay          | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
get   /api/v1/outbox                                | 401 | no   no   no  | no   no   no  | ok   none ok  | no   no   no  | ok   none ok
post  /api/v1/outbox/{message_id}/resend            | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok

get   /api/v1/contacts                              | 401 | no   no   no  | no   no   no  | ok   none ok  | no   no   no  | ok   none ok
get   /api/v1/contacts/{contact_id}                 | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
post  /api/v1/contacts                              | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
patch  /api/v1/contacts/{contact_id}                | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
delete /api/v1/contacts/{contact_id}                | 401 | no   no   no  | no   no   no  | ok   no   ok  | no   no   no  | ok   no   ok
get   /api/v1/reminders                             | 401 | ok   none ok  | ok   none ok  | ok   none ok  | no   no   no  | ok   none ok
post  /api/v1/reminders/{reminder_id}/acknowledge   | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | no   no   no  | ok   no   ok
post  /api/v1/reminders/{reminder_id}/snooze        | 401 | ok   no   ok  | ok   no   ok  | ok   no   ok  | no   no   no  | ok   no   ok

get   /api/v1/tokens                                | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   ok   ok
get   /api/v1/tokens/current                        | 401 | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/tokens/{token_id}                     | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/tokens                                | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/tokens/{token_id}/confirm             | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/tokens/{token_id}/revoke              | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/tokens/{token_id}/rotate              | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok

get   /api/v1/sign-on                               | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   ok   ok
get   /api/v1/persons                               | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   none ok
get   /api/v1/persons/colleagues                    | 401 | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /api/v1/persons/current                       | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   no
get   /api/v1/persons/{person_id}                   | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
get   /api/v1/persons/{person_id}/changes           | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons                               | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
patch /api/v1/persons/{person_id}                   | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/links             | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/suspend           | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/resume            | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/end               | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/roles             | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
patch /api/v1/persons/{person_id}/roles/{role_id}   | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/roles/{role_id}/confirm | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/deputies          | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
post  /api/v1/persons/{person_id}/deputies/{entry_id}/withdraw | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
get   /api/v1/persons/{person_id}/sessions          | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
delete /api/v1/persons/{person_id}/sessions         | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
delete /api/v1/persons/{person_id}/sessions/{session_id} | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | ok   no   ok
get   /api/v1/sessions/current                      | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   no
put   /api/v1/sessions/current                      | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   no
delete /api/v1/sessions/current                     | 401 | no   no   no  | no   no   no  | no   no   no  | no   no   no  | no   no   no

get   /healthz                                      | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /readyz                                       | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /readyz/process                               | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /readyz/read                                  | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /readyz/write                                 | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
get   /metrics                                      | ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok  | ok   ok   ok
"""  # noqa: E501 - a table with columns

ROLES = ("clerk", "officer", "supervisor", "reporter", "administrator")
PLACES = ("in", "out", "all")

# A caller is its role and its place, None without a token.
Caller = tuple[str, str] | None
CALLERS: tuple[Caller, ...] = (None, *((role, place) for role in ROLES for place in PLACES))


# A person with the same role is answered otherwise by these operations, which are about the person who asks.
OF_PERSONS = {
    "get /api/v1/persons/current": "ok",
    "get /api/v1/sessions/current": "ok",
    "delete /api/v1/sessions/current": "ok",
}


def expected_of_persons() -> dict[str, dict[Caller, str]]:
    """As `expected`, for people with the same roles."""
    table = expected()
    for operation, outcome in OF_PERSONS.items():
        table[operation] = {caller: "401" if caller is None else outcome for caller in CALLERS}
    return table


def expected() -> dict[str, dict[Caller, str]]:
    """The expected answer by operation (named like `get /api/v1/dossiers`) and caller."""
    lines = [line.split("|") for line in TABLE.splitlines()[4:] if line]
    return {" ".join(line[0].split()): dict(zip(CALLERS, " ".join(line[1:]).split(), strict=True)) for line in lines}
