"""``tradein up``: what is in the way is said in one sentence; what runs holds only what it needs."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from tests.stackrunner import Stack
from tradein.cli.rehearsal import Rehearsal
from tradein.cli.up import programs
from tradein.settings import Settings

TRADEIN = str(Path(sys.executable).with_name("tradein"))


def refused(folder: Path, *arguments: str, **variables: str) -> str:
    """Run ``tradein up`` in a bare environment; return the one sentence with which it declines to start."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TRADEIN_VAR_DIR": str(folder / "var")} | variables
    done = subprocess.run(  # noqa: S603 - ourselves
        [TRADEIN, "up", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    lines = (done.stdout + done.stderr).strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("✗ ")
    return lines[0].removeprefix("✗ ")


@pytest.fixture
def busy_port() -> Iterator[int]:
    """Return a port that somebody listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def telegram_that_knows_nobody() -> Iterator[str]:
    """Return the address of a Bot API server that answers every token as Telegram answers a wrong one."""

    class Unauthorized(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.end_headers()
            self.wfile.write(b'{"ok":false,"error_code":401,"description":"Unauthorized"}')

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Unauthorized)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("variable", ["TRADEIN_SANDBOX_PORT", "TRADEIN_BOT_HEALTH_PORT"])
def test_a_busy_port_is_named_with_the_variable_that_moves_it(tmp_path: Path, busy_port: int, variable: str) -> None:
    """Who reads it knows both ways out."""
    sentence = refused(tmp_path, "--sandbox", **{variable: str(busy_port)})
    assert sentence.startswith(f"Port {busy_port} can't be used")
    assert variable in sentence


def test_the_engines_busy_port_is_named_too(tmp_path: Path, busy_port: int) -> None:
    """It is part of an address."""
    sentence = refused(tmp_path, "--sandbox", TRADEIN_RASA_URL=f"http://127.0.0.1:{busy_port}")
    assert f"Port {busy_port} " in sentence
    assert "TRADEIN_RASA_URL" in sentence


def test_two_processes_cannot_be_given_one_port(tmp_path: Path) -> None:
    """Both variables are named."""
    sentence = refused(tmp_path, "--sandbox", TRADEIN_SANDBOX_PORT="18999", TRADEIN_BOT_HEALTH_PORT="18999")
    assert "TRADEIN_SANDBOX_PORT" in sentence
    assert "TRADEIN_BOT_HEALTH_PORT" in sentence


def test_a_missing_token_points_to_the_demo(tmp_path: Path) -> None:
    """Without a token there is still something to run."""
    sentence = refused(tmp_path)
    assert sentence.startswith("TELEGRAM_BOT_TOKEN is not set")
    assert "make demo" in sentence


def test_a_malformed_token_is_named_and_not_repeated(tmp_path: Path) -> None:
    """A secret stays out of the terminal's history, even a broken one."""
    sentence = refused(tmp_path, TELEGRAM_BOT_TOKEN="12345-hush-hush")
    assert "TELEGRAM_BOT_TOKEN" in sentence
    assert "hush" not in sentence


def test_a_token_that_telegram_does_not_know_is_named_and_not_repeated(
    tmp_path: Path, telegram_that_knows_nobody: str
) -> None:
    """Telegram is asked before anything is started."""
    sentence = refused(tmp_path, TELEGRAM_BOT_TOKEN="12345:hush-hush", TELEGRAM_API_URL=telegram_that_knows_nobody)
    assert sentence.startswith("TELEGRAM_BOT_TOKEN is not a token that")
    assert "hush" not in sentence


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file stands where a folder should be: nobody can write into that, root included."""
    (tmp_path / "file").touch()
    sentence = refused(tmp_path, "--sandbox", TRADEIN_VAR_DIR=str(tmp_path / "file" / "var"))
    assert sentence.startswith(f"The folder {tmp_path / 'file' / 'var'} can't be written")
    assert "TRADEIN_VAR_DIR" in sentence


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path, busy_port: int) -> None:
    """The port is a listener's that isn't PostgreSQL and says nothing; the wait has an end."""
    url = f"postgresql://shop:hush@127.0.0.1:{busy_port}/tradein?connect_timeout=2"
    sentence = refused(tmp_path, "--sandbox", TRADEIN_DATABASE_URL=url)
    assert sentence.startswith("The database postgresql")
    assert "TRADEIN_DATABASE_URL" in sentence
    assert "hush" not in sentence


@pytest.mark.parametrize(
    ("variable", "value"),
    [("TRADEIN_TIMEZONE", "Mars/Olympus"), ("TRADEIN_COUPON_DAYS", "0"), ("TRADEIN_QUOTE_DAYS", "a week")],
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, variable: str, value: str) -> None:
    """One line a setting."""
    assert refused(tmp_path, "--sandbox", **{variable: value}).startswith(variable)


def _of(stack: Rehearsal) -> dict[str, psutil.Process]:
    assert stack.process is not None
    named = {}
    for process in psutil.Process(stack.process.pid).children(recursive=True):
        words = process.cmdline()
        named["engine" if "launch.py" in " ".join(words) else words[-1]] = process
    return named


def test_the_engine_holds_neither_the_token_nor_the_core_databases_address(stack: Stack) -> None:
    """What a process was not given it can't give away."""
    running = _of(stack.rehearsal)
    engine = running["engine"].environ()
    assert not [name for name in engine if name.startswith("TELEGRAM_")]
    assert "TRADEIN_DATABASE_URL" not in engine
    assert "TELEGRAM_BOT_TOKEN" not in running["actions"].environ()
    assert "TRADEIN_ACTIONS_SECRET" not in running["bot"].environ()
    assert "TRADEIN_DATABASE_URL" not in running["sandbox"].environ()
    assert "TELEGRAM_BOT_TOKEN" not in running["web"].environ()
    for name in ("engine", "actions", "bot"):
        assert "RAZORPAY_KEY_SECRET" not in running[name].environ()
        assert "SANDBOX_SHOP_API_KEY" not in running[name].environ()


def test_one_process_that_dies_ends_the_stack_and_leaves_nothing(tmp_path: Path) -> None:
    """The real stack: the action server is killed, the rest goes, the last line says who it was, the ports are free."""
    rehearsal = Rehearsal(tmp_path / "var")
    rehearsal.start()
    assert rehearsal.process is not None
    running = _of(rehearsal)
    assert set(running) == {"engine", "sandbox", "actions", "bot", "web"}
    running["actions"].kill()
    out, _ = rehearsal.process.communicate(timeout=20)
    assert rehearsal.process.returncode == 1
    log = tmp_path / "var" / "log" / "actions.log"
    assert out.splitlines()[-1] == (
        f"✗ actions was killed by SIGKILL, so everything was stopped. What it said is in {log}"
    )
    assert not [process for process in running.values() if process.is_running()]
    for port in (rehearsal.ports.sandbox, rehearsal.ports.engine, rehearsal.ports.actions, rehearsal.ports.bot):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_only_a_demo_without_a_token_opens_the_console_for_who_sits_at_it(tmp_path: Path, database_url: str) -> None:
    """Its page has links, each good once; with a token of Telegram's the same start gives it none."""
    for token, given in ((None, True), ("12345:real", False)):
        settings = Settings(
            _env_file=None,
            TRADEIN_VAR_DIR=tmp_path,
            TRADEIN_DATABASE_URL=database_url,
            TELEGRAM_BOT_TOKEN=token,
        )
        [sandbox] = [program for program in programs(settings, sandbox=True) if program.name == "sandbox"]
        assert ("SANDBOX_CONSOLE_LINKS" in sandbox.env) is given
        assert "TRADEIN_DATABASE_URL" not in sandbox.env
