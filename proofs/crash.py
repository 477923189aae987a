"""Kills the service while clients write, and shows that no acknowledged change is lost, partial or duplicate.

`python -m proofs.crash [--rounds 30] [--database sqlite|postgresql] [--seed 1] [--clients 8]`, from the checkout, with
the packages of the tests. The real service runs over a register that has only reference data at the start. In each
round it is killed with SIGKILL at a random moment and restarted, on PostgreSQL with two workers in every other round.
In every third round on PostgreSQL, the database server is killed instead, and the service continues. After each round
the register is compared with all acknowledged changes. Differences are printed, and give exit status 1.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter

from proofs.crash_clients import Answer, Clients
from proofs.crash_differences import differences
from proofs.crash_servers import Register, Service, register, verification_error
from tests.support.reference import token_at

_UNIT = "20900"
# Seconds of writing before the crash (shortest and longest), and after it.
_BEFORE, _AFTER = (0.3, 1.5), 0.3
_REPLAYS = 40


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the killed process, the answers of its clients, and the errors."""

    killed: str
    after: float
    done: list[Answer]
    refused: int
    errors: list[str]
    seconds: float


def main() -> None:
    """Run the rounds, and print a row for each and for all. Exit status 1 after an error."""
    parser = argparse.ArgumentParser(prog="python -m proofs.crash", description="Kills the service while it is used.")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="a seed kills at the same moments in each run")
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    print("| round | killed | after s | receipts | changes | repeated | replayed | refused | errors | s |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    finished: list[Round] = []
    with register(options.database) as target:
        for number, result in enumerate(rounds(target, range(options.rounds), options.seed, options.clients), start=1):
            print(_line(str(number), result.killed, f"{result.after:.2f}", [result]), flush=True)
            finished.append(result)
        verification = verification_error(target.url)
    print(_line("all", options.database, "", finished))
    errors = [f"round {number}: {error}" for number, result in enumerate(finished, start=1) for error in result.errors]
    errors += [verification] if verification is not None else []
    print("\n".join(["", *errors]) if errors else "\nNo change is lost, partial or duplicate; `motcua verify` passes.")
    sys.exit(1 if errors else 0)


def rounds(target: Register, numbers: Sequence[int], seed: int, clients: int) -> Iterator[Round]:
    """Rounds by their numbers from 0 on. Seed and number decide the killed process and the moment."""
    tokens = [token_at(target.url, "supervisor", _UNIT) for _ in range(clients)]
    with Service(target.url) as service:
        service.start(workers=1)
        writers = Clients(service.address, tokens, Random(seed))
        ledger = writers.ledger
        for index in numbers:
            began, after = perf_counter(), Random(f"{seed} {index}").uniform(*_BEFORE)
            done, refused = len(ledger.done), ledger.refused
            crash = _Crash(target, service, 1 if target.server is None else 1 + (index + 1) % 2, index % 3 == 2)
            errors = asyncio.run(_round(crash, writers, after))
            yield Round(
                crash.killed, after, ledger.done[done:], ledger.refused - refused, errors, perf_counter() - began
            )


@dataclass(frozen=True, slots=True)
class _Crash:
    """The crash of one round: the killed process, and the number of workers after the restart."""

    register: Register
    service: Service
    workers: int
    third: bool

    @property
    def killed(self) -> str:
        """The killed process in words."""
        if self.third and self.register.server is not None:
            return "PostgreSQL"
        return f"the service; then {self.workers} worker{'s' * (self.workers > 1)}"

    def run(self) -> None:
        """Kill, restart, and wait until the service is ready."""
        server = self.register.server
        if self.third and server is not None:
            server.kill()
            server.start()
            self.service.wait_until_ready()
        else:
            self.service.kill()
            self.service.start(self.workers)


async def _round(crash: _Crash, clients: Clients, after: float) -> list[str]:
    """The clients write, are interrupted, and continue. Returns differences from all answers so far."""
    writing = asyncio.create_task(clients.write())
    await asyncio.sleep(after)
    # In a thread, so that the clients continue to send requests.
    await asyncio.to_thread(crash.run)
    await asyncio.sleep(_AFTER)
    clients.stop()
    await writing
    errors = await differences(crash.register.url, clients.ledger)
    return errors + await clients.replay(_REPLAYS)


def _line(number: str, killed: str, after: str, results: list[Round]) -> str:
    done = [answer for result in results for answer in result.done]
    cells = [
        number,
        killed,
        after,
        f"{sum(answer.status == 201 for answer in done):,}",
        f"{len(done):,}",
        f"{sum(answer.attempts > 1 for answer in done):,}",
        f"{sum(answer.replayed for answer in done):,}",
        f"{sum(result.refused for result in results):,}",
        str(sum(len(result.errors) for result in results)),
        f"{sum(result.seconds for result in results):.1f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
