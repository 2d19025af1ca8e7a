"""Troubles to order: refusals, lost connections, slowness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CONFLICT = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
Drop = Literal["before", "after"]
_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: CONFLICT,
    500: "Internal Server Error",
    502: "Bad Gateway",
}


@dataclass
class Fault:
    """`times` None: until cancelled. A fault of "*" spares getUpdates, which must be named."""

    method: str = "*"
    times: int | None = 1
    status: int | None = None
    description: str | None = None
    retry_after: int | None = None
    chat: int | None = None
    drop: Drop | None = None
    latency: float = 0.0
    hits: int = 0

    def cancel(self) -> None:
        self.times = 0

    def meets(self, method: str, chat: int | None) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        asked = method.lower()
        named = asked != "getupdates" if self.method == "*" else asked == self.method.lower()
        return named and (self.chat is None or self.chat == chat)

    @property
    def refusal(self) -> tuple[int, str] | None:
        status = self.status or (429 if self.retry_after is not None else None)
        if status is None:
            return None
        if status == 429 and self.description is None:
            return status, f"Too Many Requests: retry after {self.wait}"
        return status, self.description or _WORDS.get(status, "Error")

    @property
    def wait(self) -> int | None:
        """A 429 always says how long."""
        return 1 if self.retry_after is None and self.status == 429 else self.retry_after
