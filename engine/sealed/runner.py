"""The model's graph run in a plain order that is worked out once, instead of by a scheduler that plans every run."""

from __future__ import annotations

from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner


class OrderedGraphRunner(DaskGraphRunner):
    """DaskGraphRunner with the same nodes and the same answers, without Dask."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Instantiate the nodes, as Rasa does."""
        super().__init__(*args, **kwargs)
        self._orders: dict[tuple[str, ...], list[tuple[str, GraphNode, list[str]]]] = {}

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Run what the targets need, each node once; raises GraphRunError when an input has the name of a node."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._orders:
            self._orders[wanted] = self._order(wanted)
        done = dict(inputs or {})
        for name, node, needs in self._orders[wanted]:
            if name in done:
                raise GraphRunError(name)
            # An input nobody gave arrives by its name alone, and the node refuses it if it can't do without.
            done[name] = node(*((need, done[need]) if need in done else need for need in needs))[1]
        return {target: done[target] for target in wanted}

    def _order(self, targets: tuple[str, ...]) -> list[tuple[str, GraphNode, list[str]]]:
        nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
        order: dict[str, list[str]] = {}

        def place(name: str) -> None:
            if name in nodes and name not in order:
                needs = list(nodes[name].needs.values())
                for need in needs:
                    place(need)
                order[name] = needs

        for target in targets:
            place(target)
        return [(name, self._instantiated_nodes[name], needs) for name, needs in order.items()]
