"""The start of the engine: what it proves, what it refuses, what it leaves behind."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.engine.running import PYTHON, ROOT, Engine

Inside = Callable[[str], "subprocess.CompletedProcess[str]"]


def test_a_killed_engine_goes_on_where_it_was(engine: Engine, sender: str) -> None:
    """Kill it in the middle of a form, start it again: the answer is repeated, the form asks its next question."""
    engine.says(sender, "take my order please")
    first = engine.says(sender, "a soup", message_id="once")
    engine.end(signal.SIGKILL)
    engine.start()
    assert engine.says(sender, "a soup", message_id="once").json() == first.json()
    assert engine.says(sender, "large please").json()[0]["text"] == "a soup, large please: noted."


def test_it_listens_on_the_loopback_only(engine: Engine) -> None:
    """The kernel's tables have one listener of the port, at 127.0.0.1."""
    lines = Path("/proc/net/tcp").read_text().splitlines() + Path("/proc/net/tcp6").read_text().splitlines()
    listening = [line.split()[1] for line in lines if " 0A " in line]
    assert [place for place in listening if place.endswith(f":{engine.port:04X}")] == [f"0100007F:{engine.port:04X}"]


def test_neither_log_nor_home_hold_anything(engine: Engine, sender: str) -> None:
    """No text, slot or secret in the log, even of a turn that fails; no file in the home directory."""
    engine.says(sender, "take my order please")
    engine.says(sender, "a very private soup")
    engine.actions.answers["action_show"] = (500, {"request_body": "a very private soup"})
    failed = engine.says(sender + "x", "show me what you have on your very private list")
    assert failed.status_code == httpx.codes.SERVICE_UNAVAILABLE
    engine.says(sender, "/a very private soup")
    log = engine.log.read_text()
    assert "action action_show failed" in log
    assert "private" not in log
    assert "secret of the test" not in log
    assert not [path for path in engine.home.rglob("*") if path.is_file()]


def test_it_keeps_nothing_of_the_environment_that_is_not_its_own(inside: Inside) -> None:
    """The bot's token and the core's database are dropped before Rasa is imported."""
    ran = inside(
        "import os, launch\n"
        "os.environ.update(TELEGRAM_BOT_TOKEN='1:t', TRADEIN_DATABASE_URL='d', SQL_POOL_SIZE='1')\n"
        "launch.seal(launch.Settings('http://127.0.0.1:1', 's', 1, 'sqlite://'))\n"
        "print(sorted(name for name in os.environ if name.startswith(('TRADEIN', 'TELEGRAM', 'SQL_'))))"
    )
    assert ran.stdout.strip() == "['TRADEIN_ACTIONS_SECRET', 'TRADEIN_ACTIONS_URL', 'TRADEIN_RASA_DATABASE_URL']"


def test_it_keeps_what_the_machine_needs_for_arithmetic(inside: Inside) -> None:
    """OpenBLAS's own switches stay, but for the number of threads."""
    ran = inside(
        "import os, launch\n"
        "os.environ.update(OPENBLAS_CORETYPE='Haswell', OPENBLAS_L2_SIZE='512', OPENBLAS_NUM_THREADS='8')\n"
        "launch.seal(launch.Settings('http://127.0.0.1:1', 's', 1, 'sqlite://'))\n"
        "print(sorted(f'{name}={os.environ[name]}' for name in os.environ if name.startswith('OPENBLAS_')))"
    )
    assert ran.stdout.strip() == "['OPENBLAS_CORETYPE=Haswell', 'OPENBLAS_L2_SIZE=512', 'OPENBLAS_NUM_THREADS=1']"


def test_a_proof_fails_when_what_it_proves_is_undone(inside: Inside) -> None:
    """Each replaced method put back, a store in memory, a model that finds nothing: all stop the start."""
    ran = inside(
        "import sealed.quiet; sealed.quiet.calm()\n"
        "import types\n"
        "from rasa.core.actions.action import RemoteAction\n"
        "from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore\n"
        "from rasa.utils.endpoints import EndpointConfig\n"
        "from rasa.shared.core.domain import Domain\n"
        "from sealed import proofs, remote\n"
        "def told(proof, *given):\n"
        "    try:\n"
        "        proof(*given)\n"
        "    except proofs.NotProved as sentence:\n"
        "        return str(sentence)\n"
        "    return 'holds'\n"
        "async def nothing(_): return {'intent': {'name': None}, 'intent_ranking': []}\n"
        "async def breaks(_): raise ValueError\n"
        "remote.install(); print(told(remote.prove))\n"
        "RemoteAction._validate_action_result = remote._stock_validate; print(told(remote.prove))\n"
        "remote.install(); RemoteAction._validate_action_result = lambda *_: True; print(told(remote.prove))\n"
        "remote.install(); RemoteAction.run = remote._stock_run; print(told(remote.prove))\n"
        "remote.install(); RemoteAction._action_call_format = remote._stock_format; print(told(remote.prove))\n"
        "remote.uninstall(); print(told(remote.prove))\n"
        "fallen = TrackerStore.create(EndpointConfig(url='sqlite://', type='sealed.tracker.Misspelt'))\n"
        "print(told(proofs.store_is, fallen, 'sealed.tracker.Misspelt'))\n"
        "kept = TrackerStore.create(EndpointConfig(url='sqlite://', type='sealed.tracker.SealedTrackerStore'))\n"
        "print(told(proofs.store_is, kept, 'sealed.tracker.SealedTrackerStore'))\n"
        "agent = types.SimpleNamespace(domain=Domain.empty(), parse_message=nothing)\n"
        "print(told(proofs.understands, agent))\n"
        "agent.parse_message = breaks; print(told(proofs.understands, agent))\n"
    )
    assert ran.stdout.splitlines() == [
        "holds",
        "the validator of action answers built once is not the one in use",
        "a malformed action answer passes",
        "a malformed action answer fails in a way that Rasa swallows",
        "the calls of actions hold the whole domain or the whole session",
        "the validator of action answers built once is not the one in use",
        "the conversations are not kept in the configured store but in InMemoryTrackerStore",
        "holds",
        "the model finds no intent in a greeting",
        "the model does not understand a word (ValueError)",
    ], ran.stderr


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"TRADEIN_ACTIONS_SECRET": ""}, "TRADEIN_ACTIONS_SECRET is not set"),
        ({"TRADEIN_RASA_PORT": "http"}, "TRADEIN_RASA_PORT is not a port"),
        ({"TRADEIN_ACTIONS_SECRET": "a$b"}, "TRADEIN_ACTIONS_SECRET holds a $"),
        ({"TRADEIN_RASA_PORT": "taken"}, "(TRADEIN_RASA_PORT)"),
    ],
)
def test_it_refuses_to_start_in_one_sentence(engine: Engine, changed: dict[str, str], sentence: str) -> None:
    """At once, with status 1, and with the name of what is wrong."""
    changed = {name: str(engine.port) if value == "taken" else value for name, value in changed.items()}
    ended = launch(engine, changed)
    assert ended.returncode == 1
    assert ended.stderr.startswith("engine: ")
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_it_refuses_to_start_without_a_model(engine: Engine, tmp_path: Path) -> None:
    """And says how to get one."""
    ended = launch(engine, {}, "--model", str(tmp_path / "none.tar.gz"))
    assert ended.returncode == 1
    assert "train it first (engine/train.py)" in ended.stderr


def test_it_refuses_to_start_when_the_database_is_not_there(engine: Engine, tmp_path: Path) -> None:
    """Rasa's own store would wait for ever."""
    ended = launch(engine, {"TRADEIN_RASA_DATABASE_URL": f"sqlite:///{tmp_path}/missing/conversations.db"})
    assert ended.returncode == 1
    assert "not started" in ended.stderr
    assert "missing" not in ended.stderr, "a URL may hold a password"


def launch(engine: Engine, changed: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher to its end, with the running engine's environment but for what is changed."""
    return subprocess.run(  # noqa: S603 - our own program
        [PYTHON, ROOT / "engine" / "launch.py", "--root", engine.tiny, *arguments],
        env=engine.environment | {"TRADEIN_RASA_PORT": str(engine.port + 1)} | changed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_trained_model_is_not_trained_again(tiny: Path) -> None:
    """The second run says so without importing Rasa, and prints the same path."""
    trained = subprocess.run(  # noqa: S603 - our own program
        [PYTHON, "-X", "importtime", ROOT / "engine" / "train.py", "--root", tiny],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert "up to date" in trained.stderr
    assert "rasa" not in trained.stderr
    assert Path(trained.stdout.strip()).is_file()
