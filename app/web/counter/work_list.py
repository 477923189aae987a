"""The work list of the caller's units: its lists with their counts, one list in full, and the search."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from app.domain.lifecycle import Role
from app.dossiers.answer_schemas import DossierOut
from app.identity.tokens.schemas import CallerOut
from app.lookup.texts import Words
from app.web.staff.api_client import ApiClient, Refusal

_Filters = Mapping[str, str]


# Most dossiers of a list that the workload does not count.
_MOST_COUNTED = 100


class _Kind(NamedTuple):
    """One list: its name, the filters of `GET /dossiers`, and the path of its count in the workload, if it has one."""

    name: Words
    filters: _Filters
    count_path: tuple[str, ...] = ()


_LISTS: Mapping[str, _Kind] = {
    "open": _Kind(Words("Đang giải quyết", "Open"), {}, ("open",)),
    "today": _Kind(Words("Hẹn trả hôm nay", "Due today"), {"clock": "running"}, ("due_today",)),
    "soon": _Kind(Words("Sắp đến hạn", "Due soon"), {"due_soon": "true"}, ("due_soon",)),
    "overdue": _Kind(Words("Quá hạn", "Overdue"), {"overdue": "true"}, ("overdue", "total")),
    "promised": _Kind(Words("Hẹn lại đến hôm nay", "Promised up to today"), {}),
    "not-taken": _Kind(Words("Chưa nhận bàn giao", "Not taken"), {"not_taken": "true"}, ("not_taken",)),
    "suspended": _Kind(Words("Tạm dừng", "Suspended"), {"clock": "suspended"}, ("suspended", "total")),
    "submitted": _Kind(Words("Chờ tiếp nhận", "To be received"), {"status": "submitted"}),
    "finished": _Kind(Words("Chờ trả kết quả", "To be handed over"), {"status": "finished"}),
    "corrections": _Kind(Words("Chờ duyệt đính chính", "Corrections to approve"), {"correction": "pending"}),
}
_PLACES: Mapping[str, Words] = {
    "holder": Words("Đơn vị đang giữ", "Held here"),
    "responsible": Words("Đơn vị chịu trách nhiệm", "Responsible here"),
    "receiving": Words("Tiếp nhận tại đây", "Received here"),
}
PARAMETERS = ("list", "place", "cursor")


async def work_facts(
    api: ApiClient, caller: CallerOut, query: Mapping[str, str], today: date, language: str
) -> dict[str, Any]:
    """The facts of the template `counter-work.html`; an unknown list or place is ignored."""
    current = query["list"] if query.get("list") in _LISTS else "open"
    place = query["place"] if query.get("place") in _PLACES else "holder"
    filters = _filters(current, caller, place, today)
    page = await api.get("dossiers", **filters, limit="50", cursor=query.get("cursor"))
    kinds = [key for key in _LISTS if key != "corrections" or caller.role is Role.SUPERVISOR]
    counts = await _workload(api, caller, place)
    for key in kinds:
        if not _LISTS[key].count_path:
            counts[key] = await _count(api, _filters(key, caller, place, today))
    return {
        "lists": [(key, _LISTS[key].name.say(language), counts.get(key)) for key in kinds],
        "list_name": _LISTS[current].name.say(language),
        "places": [(key, words.say(language)) for key, words in _PLACES.items()],
        "current": current,
        "place": place,
        "is_first": "cursor" not in query,
        "following": page["next_cursor"],
        "dossiers": [DossierOut.model_validate(item) for item in page["items"]],
    }


def _filters(key: str, caller: CallerOut, place: str, today: date) -> dict[str, str]:
    filters = dict(_LISTS[key].filters)
    if key == "today":
        filters |= {"due_from": today.isoformat(), "due_to": today.isoformat()}
    if key == "promised":
        filters["promised_to"] = today.isoformat()
    if caller.unit is not None:
        filters |= {f"{place}_unit_id": str(caller.unit.id), "subtree": "true"}
    return filters


async def _count(api: ApiClient, filters: _Filters) -> str:
    """The number of dossiers, as "100+" if there are more."""
    page = await api.get("dossiers", **filters, limit=str(_MOST_COUNTED))
    return f"{len(page['items'])}{'+' if page['next_cursor'] else ''}"


async def _workload(api: ApiClient, caller: CallerOut, place: str) -> dict[str, str]:
    """The counts of the lists that the workload counts; none while the service is too busy for it."""
    if place == "receiving":
        return {}
    unit = str(caller.unit.id) if caller.unit else None
    try:
        total = (await api.get("statistics", "workload", basis=place, unit_id=unit))["total"]
    except Refusal as refusal:
        if refusal.status != 503:
            raise
        return {}
    return {key: _count_at(total, kind.count_path) for key, kind in _LISTS.items() if kind.count_path}


def _count_at(total: Mapping[str, Any], path: tuple[str, ...]) -> str:
    count: Any = total
    for name in path:
        count = count[name]
    return str(count)


# --- Search -----------------------------------------------------------------------------------------------------------

SEARCH_FIELDS = ("q", "name", "identity_number", "phone")


async def search_facts(api: ApiClient, form: Mapping[str, str]) -> dict[str, Any]:
    """The facts of the template `counter-search.html`: the matches in any state, and none for an empty form."""
    query = {name: form[name] for name in SEARCH_FIELDS if name in form}
    if not query:
        return {"query": query, "dossiers": None, "following": None}
    body = {**query, "open": [True, False], "limit": 50, **({"cursor": form["cursor"]} if "cursor" in form else {})}
    page = await api.post("dossiers", "search", body=body)
    dossiers = [DossierOut.model_validate(item) for item in page["items"]]
    return {"query": query, "dossiers": dossiers, "following": page["next_cursor"]}
