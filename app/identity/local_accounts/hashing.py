"""Hashes passwords with Argon2id, a few at a time and beside other requests (RFC 9106, section 4; rules §21)."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from typing import TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from app.domain.errors import Unavailable
from app.identity.local_accounts.passwords import normalised

T = TypeVar("T")

# Hashes at the same time in a worker, each with 64 MiB, and requests that may wait for their turn.
AT_ONCE, MOST_WAITING = 2, 40


class Hasher:
    """The hashes of one worker. `parameters`: the second choice of RFC 9106, for machines without 2 GiB to spare."""

    def __init__(self, parameters: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._of_nobody = _of_nobody(parameters)

    async def hash(self, password: str) -> str:
        """The hash of a new password, with its parameters and salt. Raises Unavailable `sign_in_busy`."""
        return await self._in_turn(lambda: self._hasher.hash(normalised(password)))

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Whether the password has this hash. None takes the same time, and no password has it.

        Raises Unavailable `sign_in_busy` while too many requests wait.
        """
        return await self._in_turn(lambda: self._verify(encoded or self._of_nobody, password))

    def is_outdated(self, encoded: str) -> bool:
        """Whether a hash has other parameters than a new one, so that the password should be hashed again."""
        return self._hasher.check_needs_rehash(encoded)

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, normalised(password))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("sign_in_busy", "Too many people sign in at this moment: try again in some seconds.")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _of_nobody(parameters: Parameters) -> str:
    """A hash in the form of these parameters that was made from no password."""
    salt, digest = (b64encode(bytes(size)).decode().rstrip("=") for size in (parameters.salt_len, parameters.hash_len))
    costs = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"$argon2id$v={parameters.version}${costs}${salt}${digest}"
