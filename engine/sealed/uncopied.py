"""Rasa's debug lines without their cost: it copies events and states deeply for lines that are never written.

In three modules the name `copy` serves nothing else; there it is replaced by one that copies nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import rasa.core.actions.forms
import rasa.core.policies.rule_policy
import rasa.core.processor

from sealed.proofs import NotProved

MODULES: tuple[ModuleType, ...] = (rasa.core.processor, rasa.core.actions.forms, rasa.core.policies.rule_policy)
_UNCOPIED = SimpleNamespace(deepcopy=lambda value: value)


def install() -> None:
    """Replace the name in the three modules; `prove` tells whether that was right."""
    for module in MODULES:
        module.copy = _UNCOPIED  # type: ignore[attr-defined]


def prove() -> None:
    """Raise NotProved when one of the modules copies as before, or copies for anything but its debug lines."""
    for module in MODULES:
        if getattr(module, "copy", None) is not _UNCOPIED:
            raise NotProved(f"{module.__name__} copies for its debug lines")
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        debugging = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_debug(node.func)]
        if len(list(_uses(tree))) != sum(len(list(_uses(call))) for call in debugging):
            raise NotProved(f"{module.__name__} copies for more than its debug lines")


def _is_debug(function: ast.expr) -> bool:
    return ast.unparse(function) == "structlogger.debug"


def _uses(tree: ast.AST) -> Iterator[ast.Name]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "copy")
