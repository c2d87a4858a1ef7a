"""The Bot API methods the sandbox knows: one table from the name, lower-cased, to the function that does it."""

from typing import Final

from sandbox.methods import chats, copying, edits, getting, profile, sending, topics
from sandbox.methods.call import Call, Method

TABLE: Final[dict[str, Method]] = {
    name.lower(): method
    for name, method in {
        **getting.METHODS,
        **sending.METHODS,
        **copying.METHODS,
        **edits.METHODS,
        **chats.METHODS,
        **topics.METHODS,
        **profile.METHODS,
    }.items()
}

__all__ = ["TABLE", "Call", "Method"]
