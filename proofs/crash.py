"""Kills the service while clients write, and shows that nothing they were told is lost, halved or doubled.

`python -m proofs.crash [--rounds 30] [--database sqlite|postgresql] [--seed 1] [--clients 8]`, from the checkout, with
the packages of the tests. The real service runs over a register that begins with the reference data alone; in each
round it is killed with SIGKILL at a random moment and started again, on PostgreSQL with two workers in every other
round. There in every third round it is the database's server that is killed, under a service that goes on. After each
round all that was ever acknowledged is looked for. Exit status 1 where anything is amiss, which is named.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter

from proofs.crash_clients import Answer, Clients
from proofs.crash_reckoning import differences
from proofs.crash_running import Register, Service, register, verified
from tests.support.reference import token_at

_UNIT = "20900"
# Seconds of writing before the crash, at least and at most, and after it.
_BEFORE, _AFTER = (0.3, 1.5), 0.3
_REPLAYS = 40


@dataclass(frozen=True, slots=True)
class Round:
    """What one round was, what the clients were told in it, and what was found amiss."""

    killed: str
    after: float
    done: list[Answer]
    refused: int
    wrong: list[str]
    seconds: float


def main() -> None:
    """Run the rounds, print a line for each and their sum; exit with 1 where something was lost."""
    parser = argparse.ArgumentParser(prog="python -m proofs.crash", description="Kills the service while it is used.")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="the same seed kills at the same moments")
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    print("| round | killed | after s | receipts | changes | asked again | of them replayed | refused | amiss | s |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    done: list[Round] = []
    with register(options.database) as one:
        for number, each in enumerate(rounds(one, range(options.rounds), options.seed, options.clients), start=1):
            print(_line(str(number), each.killed, f"{each.after:.2f}", [each]), flush=True)
            done.append(each)
        verdict = verified(one.url)
    print(_line("all", options.database, "", done))
    wrong = [f"round {number}: {what}" for number, each in enumerate(done, start=1) for what in each.wrong]
    wrong += [verdict] if verdict is not None else []
    print("\n".join(["", *wrong]) if wrong else "\nNothing was lost, halved or doubled; `motcua verify` passes.")
    sys.exit(1 if wrong else 0)


def rounds(one: Register, numbers: Sequence[int], seed: int, clients: int) -> Iterator[Round]:
    """Rounds over a register, by their numbers from 0 on; what is killed and when follows from seed and number."""
    tokens = [token_at(one.url, "supervisor", _UNIT) for _ in range(clients)]
    with Service(one.url) as service:
        service.start(workers=1)
        writing = Clients(service.address, tokens, Random(seed))
        for index in numbers:
            began, after = perf_counter(), Random(f"{seed} {index}").uniform(*_BEFORE)
            told, refused = len(writing.ledger.done), writing.ledger.refused
            crash = _Crash(one, service, 1 if one.server is None else 1 + (index + 1) % 2, index % 3 == 2)
            wrong = asyncio.run(_round(crash, writing, after))
            ledger = writing.ledger
            yield Round(
                crash.killed, after, ledger.done[told:], ledger.refused - refused, wrong, perf_counter() - began
            )


@dataclass(frozen=True, slots=True)
class _Crash:
    """Of a round: what is killed, and how many workers are started in place of those killed."""

    register: Register
    service: Service
    workers: int
    third: bool

    @property
    def killed(self) -> str:
        """In words."""
        if self.third and self.register.server is not None:
            return "PostgreSQL"
        return f"the service; then {self.workers} worker{'s' * (self.workers > 1)}"

    def happen(self) -> None:
        """Kill, start again, and wait until the service is ready."""
        server = self.register.server
        if self.third and server is not None:
            server.kill()
            server.start()
            self.service.wait_until_ready()
        else:
            self.service.kill()
            self.service.start(self.workers)


async def _round(crash: _Crash, clients: Clients, after: float) -> list[str]:
    """Clients write, are interrupted, and write on; what of all that they were ever told does not hold."""
    under_way = asyncio.create_task(clients.write())
    await asyncio.sleep(after)
    # In a thread: the clients go on asking meanwhile.
    await asyncio.to_thread(crash.happen)
    await asyncio.sleep(_AFTER)
    clients.stop()
    await under_way
    wrong = await differences(crash.register.url, clients.ledger)
    return wrong + await clients.replayed(_REPLAYS)


def _line(number: str, killed: str, after: str, shown: list[Round]) -> str:
    done = [answer for one in shown for answer in one.done]
    cells = [
        number,
        killed,
        after,
        f"{sum(answer.status == 201 for answer in done):,}",
        f"{len(done):,}",
        f"{sum(answer.attempts > 1 for answer in done):,}",
        f"{sum(answer.replayed for answer in done):,}",
        f"{sum(one.refused for one in shown):,}",
        str(sum(len(one.wrong) for one in shown)),
        f"{sum(one.seconds for one in shown):.1f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
