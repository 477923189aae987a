"""How many slips a second: receipts with their codes drawn, beside the least that Typst takes for any page.

Run from the checkout: `python -m benchmarks.slips [how many]`, 1,000 by default.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

from app.catalogue.records import Unit
from app.slips.forms import SlipKind
from app.slips.print_job import PrintJob
from app.slips.rendering import Press, Printer, with_drawings
from app.slips.template_check import samples_of
from app.slips.templates import Templates, templates_in
from benchmarks.machine import described

ADDRESS = "https://motcua.example.vn"
UNIT = Unit(
    id=1,
    code="20899",
    name="Trà My",
    kind="commune",
    type="Thị trấn",
    agency_identifier="000.31.15.H47",
    parent_id=None,
    address=None,
    phone=None,
    valid_from=date(2018, 1, 1),
    valid_to=None,
    successor_id=None,
    version=1,
)
BATCH = 50
# A page with one line: what is left of a slip's time without anything of the slip.
FLOOR = {"main.typ": b"", "line.typ": b'#set text(font: "Libertinus Serif")\n#json(bytes(sys.inputs.slip)).code'}


class Taken(NamedTuple):
    """Seconds by the clock and of processor, of one batch."""

    wall: float
    processor: float


def slips(how_many: int) -> list[dict[str, Any]]:
    """Receipts that differ in code, name and papers, so that nothing is set twice."""
    sample = {name: value for name, value in samples_of(SlipKind.RECEIPT)[0].items() if name != "drawings"}
    return [
        {
            **sample,
            "code": f"000.31.15.H47-210816-{number:04}",
            "number": f"210816-{number:04}.1/BPTNTKQ",
            "applicant": {**sample["applicant"], "name": f"Nguyễn Thị Thuỳ Dương {number}"},
            "papers": [{**one, "name": f"{one['name']} số {number}"} for one in sample["papers"]],
        }
        for number in range(1, how_many + 1)
    ]


def batches(contents: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The slips in parts, between which the contenders take turns."""
    for start in range(0, len(contents), BATCH):
        yield contents[start : start + BATCH]


def timed(work: Callable[[Mapping[str, Any]], object], contents: list[dict[str, Any]]) -> Taken:
    """How long the work takes for each content in turn."""
    wall, processor = perf_counter(), process_time()
    for content in contents:
        work(content)
    return Taken(perf_counter() - wall, process_time() - processor)


def measured(contents: list[dict[str, Any]]) -> dict[str, list[Taken]]:
    """Each contender over all slips, taking turns by batches."""
    press, templates, floor = Press(), templates_in(None), Templates(FLOOR)
    works: dict[str, Callable[[Mapping[str, Any]], object]] = {
        "receipt, drawn and set": lambda one: press.pdf(templates, "receipt.typ", with_drawings(one, ADDRESS)),
        "its two codes alone": lambda one: with_drawings(one, ADDRESS),
        "floor: one line by Typst": lambda one: press.pdf(floor, "line.typ", one),
    }
    for work in works.values():
        work(contents[0])
    taken: dict[str, list[Taken]] = {name: [] for name in works}
    for batch in batches(contents):
        for name, work in works.items():
            taken[name].append(timed(work, batch))
    return taken


async def loop_waits(meanwhile: Awaitable[object]) -> tuple[float, float]:
    """The median and the longest time (ms) that the event loop takes for a timer of 1 ms while something goes on."""
    waits: list[float] = []

    async def tick() -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(0.001)
            waits.append(1000 * (perf_counter() - began))

    ticking = asyncio.create_task(tick())
    await meanwhile
    ticking.cancel()
    return median(waits), max(waits)


async def printed(contents: list[dict[str, Any]]) -> None:
    """All slips at once through the printer, as the service uses it."""
    printer = Printer(None, ADDRESS)
    await asyncio.gather(*(printer.pdf(partial(_receipt, one)) for one in contents))


def _receipt(content: dict[str, Any]) -> PrintJob:
    return PrintJob(SlipKind.RECEIPT, UNIT, content)


async def beside(contents: list[dict[str, Any]]) -> None:
    """Prints how much is printed two at once, and what the event loop notices of it."""
    began = perf_counter()
    usual, longest = await loop_waits(printed(contents))
    seconds = perf_counter() - began
    idle, idle_longest = await loop_waits(asyncio.sleep(seconds))
    print(
        f"\nThrough the printer, two at once: {len(contents) / seconds:,.0f} a second. A timer of 1 ms took meanwhile"
    )
    print(
        f"{usual:.1f} ms at the median and {longest:.1f} at the longest, with nothing to print {idle:.1f} and", end=" "
    )
    print(f"{idle_longest:.1f} ms.")


def main() -> None:
    """Measure and print a table."""
    how_many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    contents = slips(how_many)
    print(f"{how_many:,} receipts of three papers, A4, one thread; {described()}\n")
    print("| | a second | a second of processor | median ms | slowest batch ms |")
    print("|---|--:|--:|--:|--:|")
    for name, taken in measured(contents).items():
        wall, processor = sum(one.wall for one in taken), sum(one.processor for one in taken)
        each = [1000 * one.wall / BATCH for one in taken]
        print(
            f"| {name} | {how_many / wall:,.0f} | {how_many / processor:,.0f} | {median(each):.1f} | {max(each):.1f} |"
        )
    asyncio.run(beside(contents))


if __name__ == "__main__":
    main()
