"""Allowed addresses of webhooks: the public internet, and the networks of the setting."""

import asyncio
import logging
import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from app.domain.errors import Invalid
from app.notifications.outbox.messages import DeliveryFailure

logger = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address

# The IPv6 range for public addresses. Most ranges for translation to IPv4 are outside it.
_PUBLIC = ip_network("2000::/3")
# Public ranges that may lead to any IPv4 address.
_TRANSLATED = tuple(map(ip_network, ("2002::/16", "2001::/32", "192.88.99.0/24")))
# Host names by labels, without escapes that clients could read differently.
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_PORTS = {"https": 443, "http": 80}


class Networks:
    """The allowed private networks, from a setting with commas."""

    def __init__(self, listed: str) -> None:
        self._networks = [ip_network(item.strip()) for item in listed.split(",") if item.strip()]

    @property
    def any(self) -> bool:
        """Whether the setting names a network."""
        return bool(self._networks)

    def contains(self, address: Address) -> bool:
        """Whether the address is in one of them."""
        return any(address in network for network in self._networks)

    def allows(self, address: Address, *, encrypted: bool) -> bool:
        """Whether messages may be sent to the address. Unencrypted ones only within these networks."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        if mapped is not None:
            return self.allows(mapped, encrypted=encrypted)
        if self.contains(address):
            return True
        public = address.is_global and not address.is_multicast and (address.version == 4 or address in _PUBLIC)
        return encrypted and public and not any(address in network for network in _TRANSLATED)


def checked(url: str, networks: Networks) -> str:
    """The valid address of a webhook. Raises Invalid `webhook_url_invalid`.

    Names are resolved at each sending. This check only refuses addresses that can never be right.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    # Some clients skip control characters, so the address would have two meanings.
    plain = url.isascii() and url.isprintable() and " " not in url
    if not host or not plain or port == 0 or parts.username is not None or parts.fragment:
        raise _invalid("The address must be like https://example.vn/motcua, without user and fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and networks.any):
        raise _invalid("The address must begin with https://.")
    literal = _literal(host)
    if literal is None and not _NAME.fullmatch(host):
        raise _invalid("The host name is not valid.")
    if literal is not None and not networks.allows(literal, encrypted=parts.scheme == "https"):
        raise _invalid("This address is not allowed.")
    return url


async def resolved(url: str, networks: Networks) -> tuple[str, int, str]:
    """The host, the port and the address to connect to. Raises DeliveryFailure for an address that is not allowed.

    An unknown name is refused with the same words.

    All addresses of the name are checked, and the connection uses a checked one: a second look-up could give another.
    """
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        entries = []
    addresses = _addresses([str(item[4][0]) for item in entries])
    if not addresses or not all(networks.allows(address, encrypted=parts.scheme == "https") for address in addresses):
        logger.warning("the name of a webhook %s", "has an address that is not allowed" if addresses else "is unknown")
        # One error for both: a client must not learn which names exist within the network of the service.
        raise DeliveryFailure("address_not_usable", of_receiver=True)
    return host, port, str(addresses[0])


def _addresses(texts: Sequence[str]) -> list[Address]:
    return [ip_address(item.partition("%")[0]) for item in texts]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _invalid(detail: str) -> Invalid:
    return Invalid("webhook_url_invalid", detail, pointer="/url")
