"""What the Bot API answers when it refuses: an HTTP status, Telegram's own words, and sometimes parameters."""

from typing import Any

type Json = dict[str, Any]


class ApiError(Exception):
    """A refusal as the Bot API words it.

    `code` is both the HTTP status and `error_code`; `description` carries Telegram's prefix ("Bad Request: …");
    `parameters` holds `retry_after` (seconds) where there is one.
    """

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """Return the JSON object the client receives."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(reason: str) -> ApiError:
    """Make a 400 with Telegram's prefix."""
    return ApiError(400, f"Bad Request: {reason}")
