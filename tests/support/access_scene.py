"""A register with a subject for each operation of the API, and one successful call of each operation."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select

from app.database import schema
from app.database.tables import dossiers, outbox, reminders
from tests.conftest import NOW
from tests.support.access_table import Caller
from tests.support.bodies import DOSSIERS, HOA, act, guardianship, receipt, received
from tests.support.client import Call, Client
from tests.support.sign_on import Issuer
from tests.support.staff import PERSONS, SESSION, created, new_person

API = "/api/v1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HERE, ELSEWHERE = "20899", "20902"
CONTACT = {"unit": HERE, "role": "unit", "channel": "email", "address": "mot-cua@tra-my.example.vn"}
HOOK = "https://he-thong.example.vn/motcua"
UNIT_OF = {"in": HERE, "out": ELSEWHERE, "all": None}

OUTAGE = {
    "unit": HERE,
    "from": "2021-08-13T08:00:00+07:00",
    "to": "2021-08-13T10:00:00+07:00",
    "notice": "1/TB",
}
WHY, LAW = {"reason": "lý do"}, {"legal_basis": "Nghị định 61/2018/NĐ-CP"}
PERIOD = "from=2021-08-01&to=2021-08-31"


class Scene:
    """A register with a new subject for each call, so that no call depends on another."""

    def __init__(self, client: Client, url: str) -> None:
        self.client, self._url = client, url
        # Another client than the callers, because they must not approve their own corrections.
        self.supervisor = client.token("supervisor", client="scene")
        self.administrator = client.token("administrator")
        self._tokens: dict[Caller, str | None] = {None: None}
        self._persons: dict[Caller, int] = {}
        self.issuer: Issuer | None = None
        self._numbers = iter(range(1, 10_000))
        rules = {"conditions": [{"code": "more", "name": "Cần xác minh", "days": 2, **LAW}]}
        self.procedure = self._create(f"{API}/procedures", self.new_procedure(max_extension=5, rules=rules))["code"]
        self.unit = self.client.get(f"{API}/units?on=2021-08-16&limit=1").json()["items"][0]["id"]

    def token_of(self, caller: Caller) -> str | None:
        """The token of a caller of the table."""
        if caller not in self._tokens and caller is not None:
            role, place = caller
            self._tokens[caller] = self.client.token(role, UNIT_OF[place])
        return self._tokens[caller]

    def person_of(self, caller: Caller) -> str | None:
        """The same caller as a person who signed in."""
        if caller is None:
            return None
        if caller not in self._persons:
            role, place = caller
            self._persons[caller] = created(self.client, self.administrator, role, UNIT_OF[place])["id"]
        return self.client.session(self._persons[caller])

    def workbook(self) -> bytes:
        """The exported reference data."""
        return self.client.get(f"{API}/reference/workbook", token=self.administrator).content

    def person(self, **body: Any) -> dict[str, Any]:
        """A new person of the commune."""
        return created(self.client, self.administrator, **body)

    def to_be_chosen(self) -> Call:
        """The list of colleagues, with one of all units."""
        created(self.client, self.administrator, unit=None)
        return Call("GET", f"{PERSONS}/colleagues")

    def on_person(self, method: str, path: str = "", body: Any = None) -> Call:
        """A call about a new person."""
        return Call(method, f"{PERSONS}/{self.person()['id']}{path}", body)

    def on_role(self, *, waits: bool = False) -> str:
        """The path of the role of a new person. `waits`: for the commune, which succeeded its unit."""
        gone = self.made_unit() if waits else HERE
        person = created(self.client, self.administrator, unit=gone)
        if waits:
            path = f"{API}/units/{gone}/succeed"
            assert self.client.post(path, {"into": HERE, "on": "2021-08-16"}, token=self.administrator).is_success
        return f"{PERSONS}/{person['id']}/roles/{person['roles'][0]['id']}"

    def new_deputy(self) -> dict[str, Any]:
        """The body of a new deputy of the commune."""
        return {"deputy_id": self.person()["id"], "from_day": "2021-08-16", "to_day": "2021-08-20"}

    def deputised(self) -> str:
        """The path of the deputy of a new person."""
        path = f"{PERSONS}/{self.person()['id']}/deputies"
        answer = self.client.post(path, self.new_deputy(), token=self.administrator)
        return f"{path}/{answer.json()['deputies'][0]['id']}"

    def session(self) -> str:
        """The path of a session of a new person."""
        person = self.person()["id"]
        self.client.session(person)
        path = f"{PERSONS}/{person}/sessions"
        return f"{path}/{self.client.get(path, token=self.administrator).json()['items'][0]['id']}"

    def signed_on(self, caller: Caller) -> str | None:
        """The same caller with a token of the single sign-on."""
        if caller is None:
            return None
        assert self.issuer is not None
        role, place = caller
        return self.issuer.token(self.client.now, sub=role, role=role, unit=UNIT_OF[place])

    def dossier(self, *before: tuple[str, dict[str, Any]], submit: bool = False) -> str:
        """The code of a new dossier of the commune after these actions."""
        code: str = received(self.client, self.supervisor, procedure=self.procedure, submit=submit)["code"]
        for action, body in before:
            act(self.client, self.supervisor, code, action, **body)
        return code

    def finished_at_once(self) -> str:
        """The irregularity of that name, after a dossier of the commune with it."""
        self.dossier(("finish", {"outcome": "granted"}))
        return "finished_at_once"

    def to_be_repeated(self) -> Call:
        """The question for dossiers of an applicant who has one in the commune."""
        self.dossier()
        return Call("POST", f"{DOSSIERS}/similar", {"procedure": self.procedure, "applicant": HOA})

    def late_dossier(self) -> str:
        """The code of a new dossier of the commune that was recorded an hour late."""
        early = (self.client.now - timedelta(hours=1)).isoformat()
        code: str = received(self.client, self.supervisor, procedure=self.procedure, at=early)["code"]
        return code

    def viewed_dossier(self) -> str:
        """The code of a new dossier after a view of its personal data."""
        code = self.dossier()
        assert self.client.get(f"{DOSSIERS}/{code}", token=self.supervisor).is_success
        return code

    def to_be_rated(self) -> Call:
        """The rating of a new, returned dossier of the commune."""
        dossier = receipt(self.client, self.supervisor, procedure=self.procedure)
        act(self.client, self.supervisor, dossier["code"], "finish", outcome="granted")
        act(self.client, self.supervisor, dossier["code"], "return", **HANDED_OVER)
        body = {"key": dossier["rating_key"], "score": 4, "comment": "nhanh"}
        return Call("POST", f"{API}/lookup/{dossier['code']}/rating", body)

    def rated_once(self) -> Call:
        """The list of ratings with one rating."""
        call = self.to_be_rated()
        assert self.client.post(call.path, call.json).is_success
        return Call("GET", f"{API}/ratings")

    def token(self) -> int:
        """The id of a new token for the commune."""
        self.client.token("clerk", HERE)
        page = self.client.get(f"{API}/tokens?limit=500", token=self.administrator).json()
        while page["next_cursor"]:
            path = f"{API}/tokens?limit=500&cursor={page['next_cursor']}"
            page = self.client.get(path, token=self.administrator).json()
        token_id: int = page["items"][-1]["id"]
        return token_id

    def listed_tokens(self) -> Call:
        """The list of tokens, with some for both communes."""
        for unit in (HERE, ELSEWHERE):
            self.client.token("clerk", unit)
        return Call("GET", f"{API}/tokens")

    def waiting_token(self) -> int:
        """The id of a token of a unit that the commune succeeded."""
        gone = self.made_unit()
        made: dict[str, Any] = self._create(f"{API}/tokens", {**self.new_token(), "unit": gone})
        path = f"{API}/units/{gone}/succeed"
        assert self.client.post(path, {"into": HERE, "on": "2021-08-16"}, token=self.administrator).is_success
        token_id: int = made["id"]
        return token_id

    def webhook(self) -> int:
        """The id of a new webhook for the commune."""
        webhook_id: int = self._create(f"{API}/webhooks", {"url": HOOK, "unit": HERE})["id"]
        return webhook_id

    def contact(self) -> int:
        """The id of a new contact of the commune."""
        contact_id: int = self._create(f"{API}/contacts", CONTACT)["id"]
        return contact_id

    def reminder(self) -> int:
        """The id of a reminder for the commune."""
        contact, dossier = self.contact(), self.dossier()
        row = schema.in_transaction(
            self._url, lambda connection: connection.execute(select(dossiers).where(dossiers.c.code == dossier)).one()
        )
        values = {"contact_id": contact, "dossier_id": row.id, "unit_id": row.holder_unit_id}
        values |= {"kind": "due_soon", "occasion": "2021-08-19", "escalated": False, "raised_at": NOW}
        return self._insert(reminders, values)

    def dead_message(self) -> int:
        """The id of a dead message of the commune."""
        units = self.client.get(f"{API}/units?on=2021-08-16&kind=commune&limit=500").json()["items"]
        values = {
            "occasion": f"occasion {next(self._numbers)}",
            "channel": "webhook",
            "kind": "dossier.finish",
            "recipient": "1",
            "unit_id": next(unit["id"] for unit in units if unit["code"] == HERE),
            "data": {},
            "state": "dead",
            "created_at": NOW,
            "next_at": NOW,
        }
        return self._insert(outbox, values)

    def _insert(self, table: Table, values: dict[str, Any]) -> int:
        insert = table.insert().values(values).returning(table.c.id)
        return int(schema.in_transaction(self._url, lambda connection: connection.scalar(insert)))

    def list_with(self, create: Callable[[], int], name: str) -> str:
        """The path of a list after a new item of the commune."""
        create()
        return f"{API}/{name}"

    def new_token(self) -> dict[str, Any]:
        """The body of a new token for the commune."""
        return {"client": f"client {next(self._numbers)}", "role": "clerk", "unit": HERE}

    def new_unit(self) -> dict[str, Any]:
        """The body of a new unit."""
        number = next(self._numbers)
        return {
            "code": f"9{number:04}",
            "name": "Đơn vị thử",
            "kind": "office",
            "type": "Phòng",
            "agency_identifier": f"000.{number % 100:02}.{number // 100:02}.H99",
            "valid_from": "2021-01-01",
        }

    def made_unit(self) -> int:
        """The id of a new unit without dossiers."""
        unit_id: int = self._create(f"{API}/units", self.new_unit())["id"]
        return unit_id

    def new_catalogue(self) -> dict[str, Any]:
        """The body of a new catalogue."""
        return {"name": f"Danh mục thử {next(self._numbers)}"}

    def new_procedure(self, **changes: Any) -> dict[str, Any]:
        """The body of a new procedure."""
        version = {"effective_from": "2020-01-01", "limits": {"amount": 3, "unit": "working_day"}, **changes}
        code = f"8.{next(self._numbers):06}"
        return {
            "code": code,
            "name": f"Thủ tục thử {code}",
            "field": "Hộ tịch",
            "level": "commune",
            "catalogue": 1,
            "versions": [version],
        }

    def made_procedure(self) -> str:
        """The code of a new procedure without versions."""
        code: str = self._create(f"{API}/procedures", {**self.new_procedure(), "versions": []})["code"]
        return code

    def _create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, body, token=self.administrator)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def on_dossier(
    action: str, body: dict[str, Any], *before: tuple[str, dict[str, Any]], submit: bool = False
) -> Callable[[Scene], Call]:
    """A call of one action, on a dossier in the state for it."""
    return lambda scene: Call("POST", f"{DOSSIERS}/{scene.dossier(*before, submit=submit)}/{action}", body)


def always(call: Call) -> Callable[[Scene], Call]:
    """The same call each time."""
    return lambda _scene: call


def recorded_late(scene: Scene) -> Call:
    """The list of late records with one of them."""
    scene.late_dossier()
    return Call("GET", f"{API}/late-records")


def paid(scene: Scene) -> Call:
    """The payments of the day, with one of a new dossier."""
    scene.dossier(PAYMENT, ("pay", {}))
    return Call("GET", f"{API}/payments")


def reading(path: str) -> Callable[[Scene], Call]:
    """A GET of the same address each time."""
    return always(Call("GET", path))


SUPPLEMENT = ("request-supplement", {**WHY, "documents": [{"name": "Giấy khai sinh"}]})
CORRECTION = ("correct", {**WHY, "sequence": 1, "changes": {"at": "2021-08-16T08:00:00+07:00"}})
HANDED_OVER = {"received_by": "Nguyễn Thị Hoa", "how": "counter"}
PAYMENT = ("request-payment", {"amount": 1000})

CALLS: dict[str, Callable[[Scene], Call]] = {
    "get /api/v1/lookup/{code}": lambda scene: Call("GET", f"{API}/lookup/{scene.dossier()}"),
    "get /api/v1/lookup/{code}/deadline": lambda scene: Call("GET", f"{API}/lookup/{scene.dossier()}/deadline"),
    "get /api/v1/lookup/{code}/views": lambda scene: Call("GET", f"{API}/lookup/{scene.dossier()}/views"),
    "post /api/v1/lookup/{code}/rating": Scene.to_be_rated,
    "get /api/v1/ratings": Scene.rated_once,
    "get /api/v1/statistics/ratings": reading(f"{API}/statistics/ratings?by=commune&period=2021-07"),
    "post /api/v1/deadline": always(
        Call("POST", f"{API}/deadline", {"procedure": "1.004837", "received_at": "2021-08-16T08:30:00+07:00"})
    ),
    "get /api/v1/dossiers": lambda scene: Call("GET", f"{DOSSIERS}?q={scene.dossier()}"),
    "post /api/v1/dossiers/similar": Scene.to_be_repeated,
    "post /api/v1/dossiers/search": lambda scene: Call("POST", f"{DOSSIERS}/search", {"q": scene.dossier()}),
    "get /api/v1/dossiers/{code}": lambda scene: Call("GET", f"{DOSSIERS}/{scene.dossier()}"),
    "get /api/v1/dossiers/{code}/journal": lambda scene: Call("GET", f"{DOSSIERS}/{scene.dossier()}/journal"),
    "get /api/v1/dossiers/{code}/journal/proof": lambda scene: Call(
        "GET", f"{DOSSIERS}/{scene.dossier()}/journal/proof"
    ),
    "get /api/v1/dossiers/{code}/access-log": lambda scene: Call(
        "GET", f"{DOSSIERS}/{scene.viewed_dossier()}/access-log"
    ),
    "get /api/v1/dossiers/{code}/deadline": lambda scene: Call("GET", f"{DOSSIERS}/{scene.dossier()}/deadline"),
    "get /api/v1/dossiers/{code}/slips": lambda scene: Call("GET", f"{DOSSIERS}/{scene.dossier()}/slips"),
    "get /api/v1/dossiers/{code}/slips/{kind}": lambda scene: Call(
        "GET", f"{DOSSIERS}/{scene.dossier()}/slips/receipt"
    ),
    "get /api/v1/slips/register": reading(f"{API}/slips/register?unit={HERE}&{PERIOD}"),
    "get /api/v1/seals": always(Call("GET", f"{API}/seals")),
    "get /api/v1/seals/checkpoint": always(Call("GET", f"{API}/seals/checkpoint")),
    "get /api/v1/seals/stamps": always(Call("GET", f"{API}/seals/stamps")),
    "get /api/v1/seals/witnessed": always(Call("GET", f"{API}/seals/witnessed")),
    "get /api/v1/seals/keys": always(Call("GET", f"{API}/seals/keys")),
    "get /api/v1/seals/consistency": always(Call("GET", f"{API}/seals/consistency?old=1")),
    "get /api/v1/seals/{number}/inclusion": always(Call("GET", f"{API}/seals/1/inclusion")),
    "get /api/v1/late-records": recorded_late,
    "get /api/v1/payments": paid,
    "post /api/v1/dossiers": always(Call("POST", DOSSIERS, guardianship())),
    "patch /api/v1/dossiers/{code}": lambda scene: Call("PATCH", f"{DOSSIERS}/{scene.dossier()}", {"summary": "khác"}),
    "post /api/v1/dossiers/{code}/receive": on_dossier("receive", {}, submit=True),
    "post /api/v1/dossiers/{code}/decline": on_dossier("decline", WHY, submit=True),
    "post /api/v1/dossiers/{code}/forward": on_dossier("forward", {"to_unit": "515.03"}),
    "post /api/v1/dossiers/{code}/take": on_dossier("take", {}),
    "post /api/v1/dossiers/{code}/request-supplement": on_dossier(*SUPPLEMENT),
    "post /api/v1/dossiers/{code}/supplement": on_dossier("supplement", {}, SUPPLEMENT),
    "post /api/v1/dossiers/{code}/request-payment": on_dossier(*PAYMENT),
    "post /api/v1/dossiers/{code}/pay": on_dossier("pay", {}, PAYMENT),
    "post /api/v1/dossiers/{code}/refund": on_dossier("refund", {**WHY, "amount": 600}, PAYMENT, ("pay", {})),
    "post /api/v1/dossiers/{code}/suspend": on_dossier("suspend", WHY | LAW),
    "post /api/v1/dossiers/{code}/resume": on_dossier("resume", {}, ("suspend", WHY | LAW)),
    "post /api/v1/dossiers/{code}/apply-condition": on_dossier("apply-condition", {"condition": "more", **LAW}),
    "post /api/v1/dossiers/{code}/extend": on_dossier("extend", {"days": 1, **LAW}),
    "post /api/v1/dossiers/{code}/reschedule": on_dossier("reschedule", {**WHY, "promised_date": "2021-08-24"}),
    "post /api/v1/dossiers/{code}/transfer": on_dossier("transfer", {**WHY, **LAW, "to_unit": "515.03"}),
    "post /api/v1/dossiers/{code}/finish": on_dossier("finish", {"outcome": "granted"}),
    "post /api/v1/dossiers/{code}/return": on_dossier("return", HANDED_OVER, ("finish", {"outcome": "granted"})),
    "post /api/v1/dossiers/{code}/withdraw": on_dossier("withdraw", {"request": "đơn xin rút"}),
    "post /api/v1/dossiers/{code}/discontinue": on_dossier("discontinue", WHY | LAW),
    "post /api/v1/dossiers/{code}/correct": on_dossier(*CORRECTION),
    "post /api/v1/dossiers/{code}/approve-correction": on_dossier("approve-correction", {"sequence": 2}, CORRECTION),
    "post /api/v1/dossiers/{code}/reject-correction": on_dossier(
        "reject-correction", {**WHY, "sequence": 2}, CORRECTION
    ),
    "post /api/v1/dossiers/{code}/void": on_dossier("void", {**WHY, "sequence": 1}),
    "get /api/v1/statistics/on-time": reading(f"{API}/statistics/on-time?by=commune&{PERIOD}"),
    "get /api/v1/statistics/on-time/dossiers": reading(
        f"{API}/statistics/on-time/dossiers?by=field&unit={HERE}&figure=received&{PERIOD}"
    ),
    "get /api/v1/statistics/patterns": reading(f"{API}/statistics/patterns?by=commune&unit={HERE}&{PERIOD}"),
    "get /api/v1/statistics/patterns/dossiers": lambda scene: Call(
        "GET", f"{API}/statistics/patterns/dossiers?by=commune&unit={HERE}&pattern={scene.finished_at_once()}&{PERIOD}"
    ),
    "get /api/v1/statistics/form-ii-06a": reading(f"{API}/statistics/form-ii-06a?unit={HERE}&{PERIOD}"),
    "get /api/v1/statistics/lateness": reading(f"{API}/statistics/lateness?by=commune&unit={HERE}&{PERIOD}"),
    "get /api/v1/statistics/office-table": reading(f"{API}/statistics/office-table?unit={HERE}&{PERIOD}"),
    "get /api/v1/statistics/ranking": reading(f"{API}/statistics/ranking?of=commune&period=2021"),
    "get /api/v1/statistics/trend": reading(f"{API}/statistics/trend?{PERIOD}"),
    "get /api/v1/statistics/lead-time": reading(f"{API}/statistics/lead-time?{PERIOD}"),
    "get /api/v1/statistics/workload": reading(f"{API}/statistics/workload?unit={HERE}"),
    "get /api/v1/statistics/score-table": reading(f"{API}/statistics/score-table"),
    "put /api/v1/statistics/score-table": always(
        Call("PUT", f"{API}/statistics/score-table", {"decision": "12/QĐ-UBND", "rules": []})
    ),
    "get /api/v1/units": reading(f"{API}/units"),
    "get /api/v1/units/{unit_id}": lambda scene: Call("GET", f"{API}/units/{scene.unit}"),
    "post /api/v1/units": lambda scene: Call("POST", f"{API}/units", scene.new_unit()),
    "patch /api/v1/units/{unit_id}": lambda scene: Call(
        "PATCH", f"{API}/units/{scene.made_unit()}", {"address": "Thôn 1"}
    ),
    "post /api/v1/units/{unit_id}/succeed": lambda scene: Call(
        "POST", f"{API}/units/{scene.made_unit()}/succeed", {"into": "515.03", "on": "2021-08-16"}
    ),
    "post /api/v1/outages": always(Call("POST", f"{API}/outages", OUTAGE)),
    "get /api/v1/catalogues": reading(f"{API}/catalogues"),
    "post /api/v1/catalogues": lambda scene: Call("POST", f"{API}/catalogues", scene.new_catalogue()),
    "get /api/v1/procedures": reading(f"{API}/procedures?limit=1"),
    "get /api/v1/procedures/{code}": reading(f"{API}/procedures/1.004837"),
    "post /api/v1/procedures": lambda scene: Call("POST", f"{API}/procedures", scene.new_procedure()),
    "post /api/v1/procedures/{code}/versions": lambda scene: Call(
        "POST", f"{API}/procedures/{scene.made_procedure()}/versions", scene.new_procedure()["versions"][0]
    ),
    "patch /api/v1/procedures/{code}": lambda scene: Call(
        "PATCH", f"{API}/procedures/{scene.made_procedure()}", {"note": "Ghi chú"}
    ),
    "patch /api/v1/procedures/{code}/versions/{version}": always(
        Call("PATCH", f"{API}/procedures/1.004837/versions/1", {"legal_basis": "163/QĐ-BTP"})
    ),
    "get /api/v1/procedures/{code}/thresholds": reading(f"{API}/procedures/1.004837/thresholds"),
    "put /api/v1/procedures/{code}/thresholds": always(
        Call("PUT", f"{API}/procedures/1.004837/thresholds", {"soon_hours": 2})
    ),
    "get /api/v1/reference/workbook": reading(f"{API}/reference/workbook"),
    "post /api/v1/reference/workbook": lambda scene: Call(
        "POST", f"{API}/reference/workbook?dry_run=true", headers={"Content-Type": XLSX}, content=scene.workbook()
    ),
    "get /api/v1/calendar/{year}": reading(f"{API}/calendar/2021"),
    "put /api/v1/calendar/{year}": always(
        Call("PUT", f"{API}/calendar/2030", {"status": "provisional", "days_off": ["2030-01-01"], "working_days": []})
    ),
    "get /api/v1/tokens": Scene.listed_tokens,
    "get /api/v1/tokens/current": reading(f"{API}/tokens/current"),
    "get /api/v1/sign-on": reading(f"{API}/sign-on"),
    "get /api/v1/tokens/{token_id}": lambda scene: Call("GET", f"{API}/tokens/{scene.token()}"),
    "post /api/v1/tokens": lambda scene: Call("POST", f"{API}/tokens", scene.new_token()),
    "post /api/v1/tokens/{token_id}/confirm": lambda scene: Call(
        "POST", f"{API}/tokens/{scene.waiting_token()}/confirm", {}
    ),
    "post /api/v1/tokens/{token_id}/revoke": lambda scene: Call("POST", f"{API}/tokens/{scene.token()}/revoke", {}),
    "post /api/v1/tokens/{token_id}/rotate": lambda scene: Call("POST", f"{API}/tokens/{scene.token()}/rotate", {}),
    "get /api/v1/webhooks": lambda scene: Call("GET", scene.list_with(scene.webhook, "webhooks")),
    "get /api/v1/webhooks/{webhook_id}": lambda scene: Call("GET", f"{API}/webhooks/{scene.webhook()}"),
    "post /api/v1/webhooks": always(Call("POST", f"{API}/webhooks", {"url": HOOK, "unit": HERE})),
    "delete /api/v1/webhooks/{webhook_id}": lambda scene: Call("DELETE", f"{API}/webhooks/{scene.webhook()}"),
    "post /api/v1/webhooks/{webhook_id}/replay": lambda scene: Call(
        "POST", f"{API}/webhooks/{scene.webhook()}/replay", {"from": 1}
    ),
    "get /api/v1/outbox": lambda scene: Call("GET", scene.list_with(scene.dead_message, "outbox")),
    "post /api/v1/outbox/{message_id}/resend": lambda scene: Call(
        "POST", f"{API}/outbox/{scene.dead_message()}/resend", {}
    ),
    "get /api/v1/contacts": lambda scene: Call("GET", scene.list_with(scene.contact, "contacts")),
    "get /api/v1/contacts/{contact_id}": lambda scene: Call("GET", f"{API}/contacts/{scene.contact()}"),
    "post /api/v1/contacts": always(Call("POST", f"{API}/contacts", CONTACT)),
    "patch /api/v1/contacts/{contact_id}": lambda scene: Call(
        "PATCH", f"{API}/contacts/{scene.contact()}", {"escalate_hours": 4}
    ),
    "delete /api/v1/contacts/{contact_id}": lambda scene: Call("DELETE", f"{API}/contacts/{scene.contact()}"),
    "get /api/v1/reminders": lambda scene: Call("GET", scene.list_with(scene.reminder, "reminders")),
    "post /api/v1/reminders/{reminder_id}/acknowledge": lambda scene: Call(
        "POST", f"{API}/reminders/{scene.reminder()}/acknowledge", {}
    ),
    "post /api/v1/reminders/{reminder_id}/snooze": lambda scene: Call(
        "POST",
        f"{API}/reminders/{scene.reminder()}/snooze",
        {"until": "2021-08-20T08:00:00+07:00", "snooze_reason": "being_done"},
    ),
    "get /api/v1/persons": lambda scene: Call("GET", f"{PERSONS}?q={scene.person()['account']}"),
    "get /api/v1/persons/colleagues": Scene.to_be_chosen,
    "get /api/v1/persons/current": reading(f"{PERSONS}/current"),
    "get /api/v1/persons/{person_id}": lambda scene: scene.on_person("GET"),
    "get /api/v1/persons/{person_id}/changes": lambda scene: scene.on_person("GET", "/changes"),
    "post /api/v1/persons": lambda _scene: Call("POST", PERSONS, new_person()),
    "patch /api/v1/persons/{person_id}": lambda scene: scene.on_person("PATCH", body={"name": "Lê Văn Tám"}),
    "post /api/v1/persons/{person_id}/suspend": lambda scene: scene.on_person("POST", "/suspend", {}),
    "post /api/v1/persons/{person_id}/resume": lambda scene: scene.on_person("POST", "/resume", {}),
    "post /api/v1/persons/{person_id}/end": lambda scene: scene.on_person("POST", "/end", {}),
    "post /api/v1/persons/{person_id}/roles": lambda scene: scene.on_person(
        "POST", "/roles", {"role": "clerk", "unit": HERE}
    ),
    "patch /api/v1/persons/{person_id}/roles/{role_id}": lambda scene: Call(
        "PATCH", scene.on_role(), {"valid_to": "2021-12-31"}
    ),
    "post /api/v1/persons/{person_id}/roles/{role_id}/confirm": lambda scene: Call(
        "POST", f"{scene.on_role(waits=True)}/confirm", {}
    ),
    "post /api/v1/persons/{person_id}/links": lambda scene: scene.on_person("POST", "/links", {"kind": "invitation"}),
    "post /api/v1/persons/{person_id}/deputies": lambda scene: scene.on_person("POST", "/deputies", scene.new_deputy()),
    "post /api/v1/persons/{person_id}/deputies/{entry_id}/withdraw": lambda scene: Call(
        "POST", f"{scene.deputised()}/withdraw", {}
    ),
    "get /api/v1/persons/{person_id}/sessions": lambda scene: Call("GET", scene.session().rpartition("/")[0]),
    "delete /api/v1/persons/{person_id}/sessions": lambda scene: scene.on_person("DELETE", "/sessions"),
    "delete /api/v1/persons/{person_id}/sessions/{session_id}": lambda scene: Call("DELETE", scene.session()),
    "get /api/v1/sessions/current": reading(SESSION),
    # Nobody has the role: which roles a person may choose is tried elsewhere.
    "put /api/v1/sessions/current": always(Call("PUT", SESSION, {"role_id": 2**31 - 1})),
    "delete /api/v1/sessions/current": always(Call("DELETE", SESSION)),
    "get /healthz": reading("/healthz"),
    "get /readyz": reading("/readyz"),
    "get /readyz/process": reading("/readyz/process"),
    "get /readyz/read": reading("/readyz/read"),
    "get /readyz/write": reading("/readyz/write"),
    "get /metrics": reading("/metrics"),
}
