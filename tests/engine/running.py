"""The engine as its own process, and an action server that a test controls."""

import http.server
import itertools
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"
SECRET = "secret of the test"


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass(frozen=True)
class Call:
    """One call the engine made."""

    action: str
    secret: str | None
    body: dict[str, Any]


@dataclass
class Actions:
    """An action server: a real one over HTTP, whose answers a test may replace, and which remembers its calls.

    An answer with the status 0 is none: the connection is dropped. Like the SDK it learns the domain from a call that
    holds it, and asks with 449 for the domain of a digest it does not know; those calls are only counted.
    """

    port: int
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    digest: str | None = None
    asked_for_domain: int = 0

    def knows_domain(self, call: dict[str, Any]) -> bool:
        """Do what the SDK does with the domain or the digest in a call; False to answer 449."""
        if call.get("domain"):
            self.digest = call["domain_digest"]
        known = self.digest is not None and self.digest == call["domain_digest"]
        self.asked_for_domain += not known
        return known

    def answer(self, call: dict[str, Any]) -> tuple[int, Any]:
        """Return status and JSON body (bytes are sent as they are) for a call."""
        action = call["next_action"]
        if action in self.answers:
            return self.answers[action]
        events, responses = [], []
        if action == "validate_order_form":
            asked = call["tracker"]["slots"]["requested_slot"]
            said = call["tracker"]["latest_message"]["text"]
            if asked and said != "no idea":
                events = [{"event": "slot", "name": asked, "value": said}]
        elif action == "action_ask_size":
            responses = [{"response": "utter_ask_size"}]
        elif action == "action_show":
            responses = [{"response": "utter_said", "thing": "soup"}]
        else:
            responses = [{"text": "Pardon?"}]
        return 200, {"events": events, "responses": responses}

    def called(self, action: str) -> int:
        """Count the calls of an action."""
        return sum(call.action == action for call in self.calls)


class ActionServer(http.server.ThreadingHTTPServer):
    """Serves `Actions` over HTTP."""

    daemon_threads = True
    actions: Actions


class ActionHandler(http.server.BaseHTTPRequestHandler):
    """Handles one connection of the engine, kept open as the engine keeps it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: ActionServer

    def do_POST(self) -> None:
        """Answer an action call."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        actions = self.server.actions
        if actions.knows_domain(body):
            actions.calls.append(Call(body["next_action"], self.headers["X-Actions-Secret"], body))
            status, answer = actions.answer(body)
        else:
            status, answer = 449, {"error": "no domain", "action_name": body["next_action"]}
        if not status:
            self.close_connection = True
            return
        sent = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Engine:
    """A running engine; a test may kill it and start it again on the same conversations.

    They are kept at ``database_url``, without one in a SQLite file of the engine's own.
    """

    def __init__(self, tiny: Path, place: Path, actions: Actions, *, database_url: str | None = None) -> None:
        self.tiny, self.place, self.actions, self.database_url = tiny, place, actions, database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/webhooks/rest/"
        self.log = place / "engine.log"
        self.home = place / "home"
        self.home.mkdir()
        self.process: subprocess.Popen[bytes] | None = None
        self._ids = itertools.count()

    @property
    def environment(self) -> dict[str, str]:
        """What the engine is started with; the token stands for all that is none of its business."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TRADEIN_ACTIONS_URL": f"http://127.0.0.1:{self.actions.port}",
            "TRADEIN_ACTIONS_SECRET": SECRET,
            "TRADEIN_RASA_PORT": str(self.port),
            "TRADEIN_VAR_DIR": str(self.place / "var"),
            **({"TRADEIN_RASA_DATABASE_URL": self.database_url} if self.database_url else {}),
            "TELEGRAM_BOT_TOKEN": "1:none-of-its-business",
        }

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [PYTHON, ROOT / "engine" / "launch.py", "--root", self.tiny],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(600):
            try:
                if httpx.get(self.url).json() == {"status": "ok"}:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
        pytest.fail("the engine does not answer")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, gently or not."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def post(self, body: object) -> httpx.Response:
        """Post a body as it is."""
        return httpx.post(self.url + "webhook", content=json.dumps(body), timeout=40)

    def says(self, sender: str, text: str, *, message_id: str | None = None, **more: str) -> httpx.Response:
        """Send a text, with a message id of its own unless told; ``language`` is the one to be answered in."""
        return self.post({"sender": sender, "message_id": message_id or f"m{next(self._ids)}", "text": text, **more})

    def chooses(self, sender: str, intent: str, **entities: object) -> httpx.Response:
        """Send an intent, as the gateway does for a button."""
        return self.post(
            {"sender": sender, "message_id": f"m{next(self._ids)}", "intent": intent, "entities": entities}
        )
