"""Faults of a cluster: what fails, how it comes back, and for how long the clients may notice."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from proofs.cluster.box import Box
from proofs.cluster.processes import wait_until

# Longest time without a successful look-up, figure, dossier or page.
READS_WITHIN = 1.0
# Seconds that a part stays away, longer than Patroni's lease of 20 seconds where a lease decides.
_SHORT, _LEASE = 6.0, 26.0
# HAProxy leaves a silent node within three seconds, and PostgreSQL within five.
_NOTICED = 12.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with the longest time without a successful change, by URL and through HAProxy."""

    name: str
    writes_by_url: float
    writes_by_haproxy: float
    run: Callable[[Box], None]
    # The place of the primary in the list of nodes, which only matters with a list.
    place: int | None = None
    # True if no request at all may fail.
    is_planned: bool = False

    def writes_within(self, way: str) -> float:
        """The bound for this way to the database."""
        return self.writes_by_url if way == "url" else self.writes_by_haproxy


def _kill_postmaster(box: Box) -> None:
    box.primary.kill_postmaster()
    time.sleep(_SHORT)


def _kill_primary(box: Box) -> None:
    primary = box.primary
    primary.kill()
    box.wait_for_another_primary(primary)
    time.sleep(_SHORT)
    primary.patroni.start()


def _freeze_primary(box: Box) -> None:
    primary = box.primary
    primary.freeze()
    try:
        box.wait_for_another_primary(primary)
        time.sleep(_SHORT)
    finally:
        primary.thaw()


def _switch_over(box: Box) -> None:
    box.switch_over()


def _freeze_synchronous(box: Box) -> None:
    frozen, other = box.replicas
    frozen.freeze()
    try:
        wait_until(lambda: other.is_synchronous, _LEASE, "another synchronous replica")
        time.sleep(_SHORT)
    finally:
        frozen.thaw()


def _freeze_asynchronous(box: Box) -> None:
    frozen = box.replicas[1]
    frozen.freeze()
    try:
        time.sleep(_NOTICED)
    finally:
        frozen.thaw()


def _stop_etcd(box: Box, members: int, seconds: float) -> None:
    for member in box.etcd[:members]:
        member.stop()
    time.sleep(seconds)
    for member in box.etcd[:members]:
        member.start()


def _stop_one_etcd(box: Box) -> None:
    _stop_etcd(box, 1, _SHORT)


def _stop_all_etcd(box: Box) -> None:
    _stop_etcd(box, 3, _LEASE)


def _kill_service(box: Box) -> None:
    box.services[0].kill()
    time.sleep(3)
    box.wait_for_service(0)


def _kill_replicas(box: Box) -> None:
    replicas = box.replicas
    for node in replicas:
        node.kill()
    time.sleep(_LEASE)
    for node in replicas:
        node.patroni.start()


def _restart_services(box: Box) -> None:
    for number, process in enumerate(box.services):
        process.send(signal.SIGTERM)
        process.wait(30)
        box.wait_for_service(number)
        time.sleep(1.5)  # until HAProxy has noticed


FAULTS = (
    Fault("postmaster killed", 5, 8, _kill_postmaster),
    Fault("node killed, listed first", 25, 25, _kill_primary, place=0),
    Fault("node killed, listed second", 25, 25, _kill_primary, place=1),
    Fault("node killed, listed last", 25, 25, _kill_primary, place=2),
    Fault("node frozen, listed first", 25, 25, _freeze_primary, place=0),
    Fault("node frozen, listed second", 25, 25, _freeze_primary, place=1),
    Fault("node frozen, listed last", 25, 25, _freeze_primary, place=2),
    Fault("switchover", 5, 5, _switch_over),
    Fault("synchronous replica frozen", 22, 22, _freeze_synchronous),
    Fault("other replica frozen", 5, 5, _freeze_asynchronous),
    Fault("one etcd stopped", 5, 5, _stop_one_etcd),
    Fault("all etcd stopped", 5, 5, _stop_all_etcd),
    Fault("process of the service killed", 5, 5, _kill_service),
    # Patroni turns synchronous commits off once the lease of the last replica has ended.
    Fault("both replicas gone", 25, 25, _kill_replicas),
    Fault("processes restarted one by one", 5, 5, _restart_services, is_planned=True),
)


def chosen(names: str, way: str) -> list[Fault]:
    """The faults whose names have one of the texts between the commas. Places matter only with a list of nodes."""
    texts = [text.strip() for text in names.split(",")]
    faults = [fault for fault in FAULTS if any(text in fault.name for text in texts)]
    return [fault for fault in faults if way == "url" or not fault.place]
