"""Every script of ours carries the answer's nonce: the browser runs these and no other (Content-Security-Policy).

The nonce is put into the templates as they are read, never into what they are filled with: a customer's name that
looks like a script stays a name.
"""

from collections.abc import Callable
from typing import override

from jinja2 import BaseLoader, Environment

_SCRIPT, _WITH_NONCE = "<script", '<script nonce="{{ request.state.nonce }}"'


class Nonced(BaseLoader):
    """A loader that reads through another one."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader

    @override
    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return a template with the nonce in its scripts."""
        source, name, is_fresh = self._loader.get_source(environment, template)
        return source.replace(_SCRIPT, _WITH_NONCE), name, is_fresh
