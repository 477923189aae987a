"""The state of the sign-in at the provider, as one worker saw it."""

from datetime import datetime

from app.domain.errors import DomainError


class Health:
    """The last success and the last failure of people's sign-ins; a failure by its code and sentence."""

    def __init__(self) -> None:
        self.succeeded_at: datetime | None = None
        self.failed_at: datetime | None = None
        self.failure: DomainError | None = None

    def succeeded(self, now: datetime) -> None:
        """Notes a sign-in."""
        self.succeeded_at = now

    def failed(self, refusal: DomainError, now: datetime) -> None:
        """Notes a failed sign-in."""
        self.failed_at, self.failure = now, refusal
