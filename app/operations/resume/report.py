"""Lines that say what a resumption did, what others know, and what to do next."""

from collections.abc import Iterable, Iterator

from app.access.queries import Token
from app.domain.localtime import to_second
from app.operations.resume.service import Resumption

_NEXT = (
    "Next:",
    "  1. Start the service. Give the clients of revoked tokens new ones: `motcua token create`.",
    "  2. Let the counters record again what they did since. `motcua import` keeps the codes of lost dossiers.",
    "  3. Run `motcua purge` again with the years of its last run: purged data are back.",
    "  4. Add webhooks, units, calendars and contacts again that were changed after this moment.",
    "  5. Put the kept seals aside with a note, and begin a new list: `motcua seal --all`.",
    "  6. Run `motcua verify`.",
)


def report(result: Resumption) -> Iterator[str]:
    """The lines."""
    ends = f"at {to_second(result.last_recorded_at)}" if result.last_recorded_at else "without an entry"
    last = f"entry {result.last_entry}, seal {result.last_seal}"
    yield f"The register was restored to {to_second(result.after)}. It ends {ends}: {last}."
    yield f"Codes: every agency goes on {result.margin} higher on each day up to {result.last_day}."
    if result.busiest > result.margin:
        yield f"  Attention: a day has the ordinal {result.busiest}. Was {result.margin} enough for the lost codes?"
    yield f"Tokens revoked: {len(result.revoked)}; kept: {len(result.kept)}."
    yield from map(_token, result.revoked)
    yield from _unknown(result)
    for channel, number in sorted(result.pending.items()):
        yield f"Messages by {channel} that will be sent, some for the second time: {number}."
    yield from _NEXT


def _unknown(result: Resumption) -> Iterator[str]:
    yield from _listed("Codes that the register lacks", map(str, result.unknown_codes))
    yield from _listed("Tokens that the register lacks", (f"{key} {name}" for key, name in result.unknown_tokens))
    seals = (f"seal {seal.number} {seal.hash}" for seal in result.unknown_seals)
    yield from _listed("Seals that the register lacks or has otherwise", seals)


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    items = list(lines)
    if items:
        yield f"{title}: {len(items)}."
        yield from (f"  {item}" for item in items)


def _token(token: Token) -> str:
    return f"  {token.id} {token.client} ({token.role.value})"
