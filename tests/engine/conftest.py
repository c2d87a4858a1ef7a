"""The engine running on a tiny assistant of the tests' own."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.running import PYTHON, ROOT, ActionHandler, Actions, ActionServer, Engine


@pytest.fixture(scope="session")
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tree of the tiny assistant with its model, trained once and kept in pytest's cache."""
    tree = tmp_path_factory.mktemp("tiny")
    shutil.copytree(ROOT / "tests" / "engine" / "data", tree, dirs_exist_ok=True)
    shutil.copy(ROOT / "config.yml", tree)
    models = request.config.cache.mkdir("engine-models") if request.config.cache else tree / "models"
    trained = subprocess.run(  # noqa: S603 - our own program
        [PYTHON, ROOT / "engine" / "train.py", "--root", tree, "--models", models],
        env={"PATH": os.environ["PATH"], "HOME": str(tree)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert trained.returncode == 0, trained.stderr
    (tree / "models").mkdir(exist_ok=True)
    shutil.copy(trained.stdout.strip(), tree / "models")
    return tree


@pytest.fixture(scope="session")
def _actions() -> Iterator[Actions]:
    server = ActionServer(("127.0.0.1", 0), ActionHandler)
    server.actions = Actions(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.actions
    server.shutdown()
    server.server_close()


@pytest.fixture
def actions(_actions: Actions) -> Actions:
    """Return the action server, with its own answers and no calls yet."""
    _actions.answers.clear()
    _actions.calls.clear()
    return _actions


@pytest.fixture(scope="session")
def _engine(tiny: Path, _actions: Actions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tiny, tmp_path_factory.mktemp("engine"), _actions)
    try:
        engine.start()
        yield engine
    finally:
        engine.end(signal.SIGKILL)


@pytest.fixture
def engine(_engine: Engine, actions: Actions) -> Engine:
    """Return the running engine, with an action server that has no calls yet."""
    assert actions is _engine.actions
    return _engine


@pytest.fixture
def sender(request: pytest.FixtureRequest) -> str:
    """Return a conversation of the test's own."""
    return f"c{abs(hash(request.node.nodeid)):x}"


@pytest.fixture(scope="session")
def inside() -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Return a function that runs a program with the engine's interpreter, in the engine's folder."""

    def run(program: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program
            [PYTHON, "-c", program],
            cwd=ROOT / "engine",
            env={"PATH": os.environ["PATH"], "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_HOME": os.devnull},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    return run
