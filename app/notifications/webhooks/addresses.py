"""Where a webhook may lead: to the public internet, and of other networks only to those that the setting names."""

import asyncio
import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from app.domain.errors import Invalid
from app.notifications.outbox.messages import NotAccepted

Address = IPv4Address | IPv6Address

# All of IPv6 that is given out for the public internet; whatever translates to IPv4 or is of old use lies without.
_PUBLIC = ip_network("2000::/3")
# Within what is public: addresses behind which any IPv4 address may stand.
_TRANSLATED = tuple(map(ip_network, ("2002::/16", "2001::/32", "192.88.99.0/24")))
# As names are written in addresses: by labels, with no escape that somebody else may read otherwise.
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_PORTS = {"https": 443, "http": 80}


class Networks:
    """The networks beside the public one, as the setting names them with commas between."""

    def __init__(self, listed: str) -> None:
        self._networks = [ip_network(item.strip()) for item in listed.split(",") if item.strip()]

    @property
    def any(self) -> bool:
        """Whether there is any."""
        return bool(self._networks)

    def holds(self, address: Address) -> bool:
        """Whether the address lies within one of them."""
        return any(address in network for network in self._networks)

    def allows(self, address: Address, *, encrypted: bool) -> bool:
        """Whether something may be sent there; in the clear only within the networks that are named."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        if mapped is not None:
            return self.allows(mapped, encrypted=encrypted)
        if self.holds(address):
            return True
        public = address.is_global and not address.is_multicast and (address.version == 4 or address in _PUBLIC)
        return encrypted and public and not any(address in network for network in _TRANSLATED)


def checked(url: str, networks: Networks) -> str:
    """The address of a webhook as it may be kept. Raises Invalid `webhook_url_invalid`.

    A name is looked up when something is sent, and then again each time; here only what no look-up could make right.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    # Some who read an address leave out control characters, so that it would mean two.
    plain = url.isascii() and url.isprintable() and " " not in url
    if not host or not plain or port == 0 or parts.username is not None or parts.fragment:
        raise _invalid("An address like https://example.vn/motcua, without user and fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and networks.any):
        raise _invalid("Webhooks are sent by https.")
    literal = _literal(host)
    if literal is None and not _NAME.fullmatch(host):
        raise _invalid("No name of a machine is written like this.")
    if literal is not None and not networks.allows(literal, encrypted=parts.scheme == "https"):
        raise _invalid("Nothing is sent to this address.")
    return url


async def resolved(url: str, networks: Networks) -> tuple[str, int, str]:
    """The host, the port and the one address to connect to. Raises NotAccepted for one that is not allowed.

    Every address of the name is looked at, and the connection goes to that which was: a name that is looked up again
    could mean another.
    """
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise NotAccepted("name_unknown", everything=True) from None
    addresses = _addresses([str(item[4][0]) for item in found])
    if not addresses or not all(networks.allows(address, encrypted=parts.scheme == "https") for address in addresses):
        raise NotAccepted("address_not_allowed", everything=True)
    return host, port, str(addresses[0])


def _addresses(found: Sequence[str]) -> list[Address]:
    return [ip_address(item.partition("%")[0]) for item in found]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _invalid(detail: str) -> Invalid:
    return Invalid("webhook_url_invalid", detail, pointer="/url")
