"""Slips a second: receipts with their drawn codes, beside Typst's time for a page with one line.

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
from benchmarks.machine import description

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
# A page with one line, as a lower bound.
FLOOR = {"main.typ": b"", "line.typ": b'#set text(font: "Libertinus Serif")\n#json(bytes(sys.inputs.slip)).code'}


class Times(NamedTuple):
    """Wall time and processor time of one batch, in seconds."""

    wall: float
    processor: float


def slips(how_many: int) -> list[dict[str, Any]]:
    """Receipts with different codes, names and documents, so that no cached result can be reused."""
    sample = {name: value for name, value in samples_of(SlipKind.RECEIPT)[0].items() if name != "drawings"}
    return [
        {
            **sample,
            "code": f"000.31.15.H47-210816-{number:04}",
            "number": f"210816-{number:04}.1/BPTNTKQ",
            "applicant": {**sample["applicant"], "name": f"Nguyễn Thị Thuỳ Dương {number}"},
            "papers": [{**paper, "name": f"{paper['name']} số {number}"} for paper in sample["papers"]],
        }
        for number in range(1, how_many + 1)
    ]


def batches(contents: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The slips in batches, after which the contenders take turns."""
    for start in range(0, len(contents), BATCH):
        yield contents[start : start + BATCH]


def time_of(work: Callable[[Mapping[str, Any]], object], contents: list[dict[str, Any]]) -> Times:
    """The time of the work for all contents."""
    wall, processor = perf_counter(), process_time()
    for content in contents:
        work(content)
    return Times(perf_counter() - wall, process_time() - processor)


def measure(contents: list[dict[str, Any]]) -> dict[str, list[Times]]:
    """The times of each contender for all slips. The contenders take turns after each batch."""
    press, templates, floor = Press(), templates_in(None), Templates(FLOOR)
    works: dict[str, Callable[[Mapping[str, Any]], object]] = {
        "receipt, drawn and set": lambda slip: press.pdf(templates, "receipt.typ", with_drawings(slip, ADDRESS)),
        "its two codes alone": lambda slip: with_drawings(slip, ADDRESS),
        "floor: one line by Typst": lambda slip: press.pdf(floor, "line.typ", slip),
    }
    for work in works.values():
        work(contents[0])
    times: dict[str, list[Times]] = {name: [] for name in works}
    for batch in batches(contents):
        for name, work in works.items():
            times[name].append(time_of(work, batch))
    return times


async def loop_waits(work: Awaitable[object]) -> tuple[float, float]:
    """The median and longest time (ms) of a 1 ms timer in the event loop during the work."""
    waits: list[float] = []

    async def tick() -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(0.001)
            waits.append(1000 * (perf_counter() - began))

    ticking = asyncio.create_task(tick())
    await work
    ticking.cancel()
    return median(waits), max(waits)


async def print_all(contents: list[dict[str, Any]]) -> None:
    """Prints all slips at the same time through the printer of the service."""
    printer = Printer(None, ADDRESS)
    await asyncio.gather(*(printer.pdf(partial(_receipt, content)) for content in contents))


def _receipt(content: dict[str, Any]) -> PrintJob:
    return PrintJob(SlipKind.RECEIPT, UNIT, content)


async def measure_printer(contents: list[dict[str, Any]]) -> None:
    """Prints the speed of the printer, and the delay of the event loop."""
    began = perf_counter()
    usual, longest = await loop_waits(print_all(contents))
    seconds = perf_counter() - began
    idle, idle_longest = await loop_waits(asyncio.sleep(seconds))
    print(f"\nThrough the printer, two at the same time: {len(contents) / seconds:,.0f} a second.")
    print(f"A timer of 1 ms took {usual:.1f} ms (median) and at most {longest:.1f} ms;")
    print(f"without printing {idle:.1f} ms (median) and at most {idle_longest:.1f} ms.")


def main() -> None:
    """Measure and print a table."""
    how_many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    contents = slips(how_many)
    print(f"{how_many:,} receipts of three papers, A4, one thread; {description()}\n")
    print("| | a second | a second of processor | median ms | slowest batch ms |")
    print("|---|--:|--:|--:|--:|")
    for name, times in measure(contents).items():
        wall, processor = sum(batch.wall for batch in times), sum(batch.processor for batch in times)
        each = [1000 * batch.wall / BATCH for batch in times]
        print(
            f"| {name} | {how_many / wall:,.0f} | {how_many / processor:,.0f} | {median(each):.1f} | {max(each):.1f} |"
        )
    asyncio.run(measure_printer(contents))


if __name__ == "__main__":
    main()
