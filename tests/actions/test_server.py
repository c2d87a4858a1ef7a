"""The action server's shell, started as its own process: who gets in, and what an error tells."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from actions.server import LARGEST_CALL_BYTES, SECRET_HEADER

SECRET = "secret of the test"
SPOKEN = "my number is 490154203237518"

ACTIONS = """
from rasa_sdk import Action
from rasa_sdk.executor import CollectingDispatcher

class Says(Action):
    def name(self):
        return "action_says"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_said", thing="soup")
        return []

class Breaks(Action):
    def name(self):
        return "action_breaks"

    async def run(self, dispatcher, tracker, domain):
        raise ValueError(tracker.latest_message["text"])
"""


@dataclass(frozen=True)
class Server:
    """A running action server."""

    port: int
    log: Path
    pid: int

    def post(self, body: object, *, secret: str | None = SECRET, **headers: str) -> httpx.Response:
        """Call an action."""
        if secret is not None:
            headers[SECRET_HEADER] = secret
        return httpx.post(
            f"http://127.0.0.1:{self.port}/webhook", content=json.dumps(body), headers=headers, timeout=10
        )


def call(action: str) -> dict[str, object]:
    """Return a call as Rasa makes it."""
    tracker = {"sender_id": "c", "slots": {}, "latest_message": {"text": SPOKEN}, "events": [], "paused": False}
    tracker |= {"active_loop": {}, "latest_action_name": None, "followup_action": None}
    return {"next_action": action, "sender_id": "c", "tracker": tracker, "domain": {"intents": []}, "version": "3.6.21"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start an action server with two actions of the test's own."""
    place = tmp_path_factory.mktemp("actions")
    (place / "tiny_actions.py").write_text(ACTIONS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = f"from actions.server import serve; serve('http://127.0.0.1:{port}', {SECRET!r}, package='tiny_actions')"
    log = place / "log"
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONPATH": f"{place}:{Path.cwd()}"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(200):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health").status_code == httpx.codes.OK:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            pytest.fail(log.read_text())
        yield Server(port, log, process.pid)
    finally:
        process.terminate()
        process.wait(10)


def test_an_action_runs_for_who_knows_the_secret(server: Server) -> None:
    """The answer is the SDK's."""
    answer = server.post(call("action_says"))
    assert answer.status_code == httpx.codes.OK
    assert answer.json()["responses"][0]["response"] == "utter_said"


@pytest.mark.parametrize("secret", [None, "", "secret", SECRET + "x"])
def test_nothing_runs_without_the_secret(server: Server, secret: str | None) -> None:
    """Neither an action nor the list of them."""
    assert server.post(call("action_says"), secret=secret).status_code == httpx.codes.UNAUTHORIZED
    headers = {} if secret is None else {SECRET_HEADER: secret}
    for method in ("GET", "OPTIONS", "POST"):
        answer = httpx.request(method, f"http://127.0.0.1:{server.port}/actions", headers=headers)
        assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_a_page_of_another_origin_is_not_let_in(server: Server) -> None:
    """No header of the answer allows another origin to read it."""
    answer = server.post(call("action_says"), Origin="https://elsewhere.example")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_an_error_tells_nothing_of_the_conversation(server: Server) -> None:
    """Neither the answer nor the log repeats what the customer wrote; the log says where it broke."""
    answer = server.post(call("action_breaks"))
    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert answer.json() == {"error": "action failed"}
    log = server.log.read_text()
    assert "ValueError at tiny_actions.py" in log
    assert SPOKEN not in log


def test_an_oversized_or_packed_call_is_refused(server: Server) -> None:
    """A call that would cost memory is refused before it is read."""
    assert server.post({"next_action": "x" * LARGEST_CALL_BYTES}).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    packed = server.post(call("action_says"), **{"Content-Encoding": "deflate"})
    assert packed.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE


def test_the_versions_are_not_complained_about(server: Server) -> None:
    """The SDK's warning at every call stays out of the log."""
    server.post(call("action_says"))
    assert "compatible" not in server.log.read_text()


def test_it_listens_on_the_loopback_only(server: Server) -> None:
    """The kernel's table of sockets has one listener of the port, at 127.0.0.1."""
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if " 0A " in line]
    assert [place for place in listening if place.endswith(f":{server.port:04X}")] == [f"0100007F:{server.port:04X}"]


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m actions`` to its end."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "actions"],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_refuses_to_start_without_a_secret() -> None:
    """One sentence that names the setting."""
    ended = start(TRADEIN_ACTIONS_SECRET="")
    assert ended.returncode == 1
    assert ended.stderr == "actions: TRADEIN_ACTIONS_SECRET is not set\n"


def test_it_refuses_to_start_on_a_taken_port(server: Server) -> None:
    """One sentence that names the setting, and no trace of an exception."""
    ended = start(TRADEIN_ACTIONS_SECRET="s", TRADEIN_ACTIONS_URL=f"http://127.0.0.1:{server.port}")
    assert ended.returncode == 1
    assert ended.stderr == f"actions: port {server.port} is in use (TRADEIN_ACTIONS_URL)\n"
