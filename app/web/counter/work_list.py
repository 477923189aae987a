"""The work list of the caller's units: which lists there are, how much is in each, and the one that is shown."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from app.domain.lifecycle import Role
from app.dossiers.answer_schemas import DossierOut
from app.identity.tokens.schemas import CallerOut
from app.lookup.texts import Words
from app.web.counter.api_client import Interface, Refusal

_Filters = Mapping[str, str]


# Of lists that the workload does not count, so many are looked at.
_MOST_COUNTED = 100


class _Kind(NamedTuple):
    """One list: its name, the filters of `GET /dossiers`, and where the workload has its count, if it has."""

    name: Words
    filters: _Filters
    counted: tuple[str, ...] = ()


_LISTS: Mapping[str, _Kind] = {
    "open": _Kind(Words("Đang giải quyết", "Open"), {}, ("open",)),
    "today": _Kind(Words("Hẹn trả hôm nay", "Due today"), {"clock": "running"}, ("due_today",)),
    "soon": _Kind(Words("Sắp đến hạn", "Due soon"), {"due_soon": "true"}, ("due_soon",)),
    "overdue": _Kind(Words("Quá hạn", "Overdue"), {"overdue": "true"}, ("overdue", "total")),
    "not-taken": _Kind(Words("Chưa nhận bàn giao", "Not taken"), {"not_taken": "true"}, ("not_taken",)),
    "suspended": _Kind(Words("Tạm dừng", "Suspended"), {"clock": "suspended"}, ("suspended", "total")),
    "submitted": _Kind(Words("Chờ tiếp nhận", "To be received"), {"status": "submitted"}),
    "finished": _Kind(Words("Chờ trả kết quả", "To be handed over"), {"status": "finished"}),
    "corrections": _Kind(Words("Chờ duyệt đính chính", "Corrections to approve"), {"correction": "pending"}),
}
_PLACES: Mapping[str, Words] = {
    "holder": Words("Đơn vị đang giữ", "Held here"),
    "responsible": Words("Đơn vị chịu trách nhiệm", "Answered for here"),
    "receiving": Words("Tiếp nhận tại đây", "Received here"),
}
PARAMETERS = ("list", "place", "cursor")


async def work_facts(
    interface: Interface, caller: CallerOut, asked: Mapping[str, str], today: date, language: str
) -> dict[str, Any]:
    """What the template `counter-work.html` shows; a list or place that there is not is passed over."""
    shown = asked["list"] if asked.get("list") in _LISTS else "open"
    place = asked["place"] if asked.get("place") in _PLACES else "holder"
    filters = _filters(shown, caller, place, today)
    page = await interface.get("dossiers", **filters, limit="50", cursor=asked.get("cursor"))
    kinds = [key for key in _LISTS if key != "corrections" or caller.role is Role.SUPERVISOR]
    counts = await _workload(interface, caller, place)
    for key in kinds:
        if not _LISTS[key].counted:
            counts[key] = await _count(interface, _filters(key, caller, place, today))
    return {
        "lists": [(key, _LISTS[key].name.say(language), counts.get(key)) for key in kinds],
        "list_name": _LISTS[shown].name.say(language),
        "places": [(key, words.say(language)) for key, words in _PLACES.items()],
        "shown": shown,
        "place": place,
        "is_first": "cursor" not in asked,
        "following": page["next_cursor"],
        "dossiers": [DossierOut.model_validate(one) for one in page["items"]],
    }


def _filters(shown: str, caller: CallerOut, place: str, today: date) -> dict[str, str]:
    filters = dict(_LISTS[shown].filters)
    if shown == "today":
        filters |= {"due_from": today.isoformat(), "due_to": today.isoformat()}
    if caller.unit is not None:
        filters |= {f"{place}_unit_id": str(caller.unit.id), "subtree": "true"}
    return filters


async def _count(interface: Interface, filters: _Filters) -> str:
    """How many there are, or that there are more than are looked at."""
    page = await interface.get("dossiers", **filters, limit=str(_MOST_COUNTED))
    return f"{len(page['items'])}{'+' if page['next_cursor'] else ''}"


async def _workload(interface: Interface, caller: CallerOut, place: str) -> dict[str, str]:
    """How many are in each list that the workload counts; none where it is too busy to."""
    if place == "receiving":
        return {}
    unit = str(caller.unit.id) if caller.unit else None
    try:
        total = (await interface.get("statistics", "workload", basis=place, unit_id=unit))["total"]
    except Refusal as refusal:
        if refusal.status != 503:
            raise
        return {}
    return {key: _within(total, kind.counted) for key, kind in _LISTS.items() if kind.counted}


def _within(total: Mapping[str, Any], path: tuple[str, ...]) -> str:
    found: Any = total
    for name in path:
        found = found[name]
    return str(found)


# --- Searching --------------------------------------------------------------------------------------------------------

SEARCHED = ("q", "name", "identity_number", "phone")


async def found_facts(interface: Interface, form: Mapping[str, str]) -> dict[str, Any]:
    """What the template `counter-search.html` shows: what fits, whatever its state; nothing where nothing is asked."""
    asked = {name: form[name] for name in SEARCHED if name in form}
    if not asked:
        return {"asked": asked, "dossiers": None, "following": None}
    body = {**asked, "open": [True, False], "limit": 50, **({"cursor": form["cursor"]} if "cursor" in form else {})}
    page = await interface.post("dossiers", "search", body=body)
    dossiers = [DossierOut.model_validate(one) for one in page["items"]]
    return {"asked": asked, "dossiers": dossiers, "following": page["next_cursor"]}
