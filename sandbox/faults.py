"""Trouble on order: what the sandbox should do wrong, how often, and to which calls."""

from dataclasses import dataclass
from http import HTTPStatus

from pydantic import BaseModel, Field

from sandbox.errors import ApiError, bad_request


class Fault(BaseModel):
    """One standing order. Without `method` or `chat_id` it meets every call; it is spent after `times` calls.

    "400", "429" and "5xx" refuse before anything happens; "delay_after_commit" and "drop" strike once the effect is
    there. `retry_after` and `seconds` are seconds; `code` is the status of a "5xx", `reason` what a "400" says.
    """

    kind: str = Field(pattern=r"^(400|429|5xx|delay_after_commit|drop)$")
    method: str | None = None
    chat_id: int | None = None
    times: int = Field(default=1, ge=1)
    retry_after: int = Field(default=1, ge=1)
    seconds: float = Field(default=10.0, ge=0)
    code: int = Field(default=502, ge=500, le=599)
    reason: str = "MEDIA_INVALID"

    def strike_before(self) -> None:
        """Refuse the call before it does anything, if that is this fault's kind."""
        if self.kind == "400":
            raise bad_request(self.reason)
        if self.kind == "429":
            reason = f"Too Many Requests: retry after {self.retry_after}"
            raise ApiError(429, reason, {"retry_after": self.retry_after})
        if self.kind == "5xx":
            raise ApiError(self.code, HTTPStatus(self.code).phrase)


@dataclass(slots=True)
class _Order:
    fault: Fault
    left: int


class Faults:
    """The orders not spent yet; the oldest that fits a call strikes, one per call."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def order(self, fault: Fault) -> None:
        """Let the fault strike from now on."""
        self._orders.append(_Order(fault, fault.times))

    def clear(self) -> None:
        """Forget every order."""
        self._orders.clear()

    def strike(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the fault that meets this call and count it, or None."""
        for order in self._orders:
            fault = order.fault
            if fault.method is not None and fault.method.lower() != method.lower():
                continue
            if fault.chat_id is not None and fault.chat_id != chat_id:
                continue
            order.left -= 1
            if not order.left:
                self._orders.remove(order)
            return fault
        return None

    def standing(self) -> list[dict[str, object]]:
        """Return the orders with what is left of each."""
        return [order.fault.model_dump() | {"left": order.left} for order in self._orders]
