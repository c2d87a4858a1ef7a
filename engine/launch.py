"""Start the sealed Rasa: `python engine/launch.py [--root DIR] [--model FILE]`.

Listens on 127.0.0.1 only, with one route to post a turn to (see sealed/channel.py). Before it listens it proves what
it relies on: the replaced methods are the ones in use, the conversations go to the configured database, the model
understands something. What doesn't hold ends the start with one sentence and exit status 1.

Environment, all of it: TRADEIN_ACTIONS_SECRET (required), TRADEIN_ACTIONS_URL (http://127.0.0.1:5055),
TRADEIN_RASA_PORT (5005), TRADEIN_VAR_DIR (var), TRADEIN_RASA_DATABASE_URL (sqlite:///<var>/conversations.db).
Everything else of the environment is dropped, but for what an operating system needs; so Rasa's own switches have no
effect either.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sealed.environment import SWITCHES
from sealed.fingerprint import ROOT, model_path

_KEPT = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")
# What a machine may need for its arithmetic to work at all (OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE); the number of threads
# is set below.
_KEPT_PREFIX = "OPENBLAS_"

_HIGHEST_PORT = 65535

# A turn may take two calls of the action server; Sanic must not answer in its place before that.
_RESPONSE_TIMEOUT_SECONDS = 90
_LARGEST_REQUEST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Settings:
    """What the engine is told from outside."""

    actions_url: str
    actions_secret: str
    port: int
    database_url: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the named variables; ends the start with a sentence that says which one is missing or wrong."""
        var = Path(environment.get("TRADEIN_VAR_DIR") or ROOT / "var").resolve()
        port = environment.get("TRADEIN_RASA_PORT") or "5005"
        secret = environment.get("TRADEIN_ACTIONS_SECRET") or refuse("TRADEIN_ACTIONS_SECRET is not set")
        if not port.isdigit() or not 0 < int(port) <= _HIGHEST_PORT:
            refuse("TRADEIN_RASA_PORT is not a port")
        database_url = environment.get("TRADEIN_RASA_DATABASE_URL")
        if not database_url:
            var.mkdir(parents=True, exist_ok=True)
            database_url = f"sqlite:///{var / 'conversations.db'}"
        settings = cls(
            actions_url=(environment.get("TRADEIN_ACTIONS_URL") or "http://127.0.0.1:5055").rstrip("/"),
            actions_secret=secret,
            port=int(port),
            database_url=database_url,
        )
        for name, value in (("TRADEIN_ACTIONS_SECRET", secret), ("TRADEIN_RASA_DATABASE_URL", database_url)):
            if "$" in value:
                refuse(f"{name} holds a $, which endpoints.yml can't carry (write %24 in a URL)")
        return settings


def refuse(sentence: str) -> NoReturn:
    """End the process with status 1 and one sentence on standard error."""
    print(f"engine: {sentence}", file=sys.stderr, flush=True)
    sys.exit(1)


def seal(settings: Settings) -> None:
    """Leave in the environment what Rasa needs and nothing else: no token, no password of the core's database."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIX)}
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update(
        SWITCHES,
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        TRADEIN_ACTIONS_URL=settings.actions_url,
        TRADEIN_ACTIONS_SECRET=settings.actions_secret,
        TRADEIN_RASA_DATABASE_URL=settings.database_url,
    )


def door(port: int) -> socket.socket:
    """Take the port on the loopback before the slow part of the start; nobody is let in until the server listens."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(("127.0.0.1", port))
    except OSError:
        refuse(f"port {port} is in use (TRADEIN_RASA_PORT)")
    return taken


def load(model: Path) -> Any:
    """Return the agent with its model, having proved everything it relies on; raises sealed.proofs.NotProved."""
    import rasa.utils.tensorflow.environment
    from rasa.core.lock_store import InMemoryLockStore
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints

    from sealed import forms, proofs, remote, rules, uncopied
    from sealed.endpoint import ActionEndpoint
    from sealed.processor import SealedAgent

    rasa.utils.tensorflow.environment.setup_tf_environment()
    for replacing in (remote, uncopied, rules, forms):
        replacing.install()
        replacing.prove()
    endpoints = AvailableEndpoints.read_endpoints(str(Path(__file__).parent / "endpoints.yml"))
    store = TrackerStore.create(endpoints.tracker_store)
    proofs.store_is(store, endpoints.tracker_store.type)
    agent = SealedAgent(
        tracker_store=store,
        lock_store=InMemoryLockStore(),
        action_endpoint=ActionEndpoint(url=endpoints.action.url, headers=endpoints.action.headers),
    )
    agent.load_model(model)
    proofs.store_is(agent.processor.tracker_store, endpoints.tracker_store.type)
    proofs.understands(agent)
    return agent


def serve(agent: Any, taken: socket.socket) -> None:
    """Serve the channels of credentials.yml on the socket until the process is told to end."""
    from rasa.core.channels.channel import register
    from rasa.core.run import create_http_input_channels
    from sanic import Sanic

    app = Sanic("engine", configure_logging=False)
    app.config.RESPONSE_TIMEOUT = _RESPONSE_TIMEOUT_SECONDS
    app.config.REQUEST_MAX_SIZE = _LARGEST_REQUEST_BYTES
    app.config.FALLBACK_ERROR_FORMAT = "json"
    register(create_http_input_channels(None, str(Path(__file__).parent / "credentials.yml")), app, route="/webhooks/")
    app.ctx.agent = agent

    async def close(*_: Any) -> None:
        await agent.action_endpoint.close()

    app.register_listener(close, "after_server_stop")
    # What is loaded stays: the collector needn't walk through all of Rasa, TensorFlow and the model again and again.
    gc.collect()
    gc.freeze()
    app.run(sock=taken, workers=1, debug=False, access_log=False)


def main() -> None:
    """Start, or say in one sentence why not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with domain.yml, config.yml and data/")
    parser.add_argument("--model", type=Path, help="a model's file; default: the one trained on the tree as it is")
    arguments = parser.parse_args()
    started = time.monotonic()
    settings = Settings.read(os.environ)
    model = arguments.model or model_path(arguments.root, arguments.root / "models")
    if not model.is_file():
        refuse(f"no model at {model}: train it first (engine/train.py)")
    taken = door(settings.port)
    seal(settings)

    import logging

    from sealed import proofs, quiet

    quiet.calm()
    try:
        agent = load(model)
    except proofs.NotProved as sentence:
        refuse(f"not started: {sentence}")
    except Exception as error:  # noqa: BLE001 - whatever it is, one sentence and no trace
        refuse(f"not started: {quiet.where(error)}")
    logging.getLogger(quiet.LOGGER).info(
        "ready on 127.0.0.1:%s with model %s after %.1f s", settings.port, model.name, time.monotonic() - started
    )
    try:
        serve(agent, taken)
    except OSError:
        refuse(f"port {settings.port} is in use (TRADEIN_RASA_PORT)")


if __name__ == "__main__":
    main()
