"""Train the dialogue model: `python engine/train.py [--root DIR] [--models DIR] [--force]`.

Prints the path of models/<fingerprint>.tar.gz on standard output and everything else on standard error. The fingerprint
covers domain.yml, config.yml, data/, the engine's lock and our own components: a model that is there is up to date,
which is said without importing Rasa. Of older models the newest is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import re
import shutil
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from sealed.environment import SWITCHES, is_beside_the_point
from sealed.fingerprint import ROOT, model_path

_PROGRESS = re.compile(r"Starting to train component '(\w+)'")


class _Progress(logging.Handler):
    """Says which component is being trained."""

    def emit(self, record: logging.LogRecord) -> None:
        if begun := _PROGRESS.search(record.getMessage()):
            say(f"  {begun[1]}")
        elif record.levelno >= logging.WARNING:
            say(f"  {record.levelname.lower()}: {record.getMessage()}")


def say(line: str) -> None:
    """Tell the person who waits."""
    print(line, file=sys.stderr, flush=True)


def prune(models: Path, trained: Path) -> None:
    """Remove the models before the last but one."""
    others = sorted(
        (path for path in models.glob("*.tar.gz") if path != trained), key=lambda path: path.stat().st_mtime
    )
    for path in others[:-1]:
        path.unlink(missing_ok=True)


def train(root: Path, models: Path, target: Path) -> None:
    """Train the model of `root` into `target`; ends with a sentence when the data or the configuration is wrong."""
    # No cache of Rasa's: it saves seconds, and would keep a component whose helper functions have changed.
    os.environ.update(SWITCHES, RASA_MAX_CACHE_SIZE="0", RASA_CACHE_DIRECTORY=str(models / "no-cache"))
    warnings.simplefilter("ignore")
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    import rasa.engine.training.hooks
    import rasa.model_training
    import rasa.shared.exceptions
    import rasa.telemetry

    # Before it looks at the switch, Rasa writes a file with an identifier into the home directory.
    rasa.telemetry.initialize_telemetry = lambda: False
    logging.basicConfig(handlers=[_Progress()], level=logging.INFO, force=True)
    logging.getLogger(rasa.engine.training.hooks.__name__).setLevel(logging.INFO)
    # For the cache that isn't used, Rasa digests every output of every step: a quarter of the time.
    rasa.engine.training.hooks.TrainingHook.on_before_node = lambda *_, **__: {}
    rasa.engine.training.hooks.TrainingHook.on_after_node = lambda *_, **__: None
    warnings.resetwarnings()
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    warnings.simplefilter("ignore", FutureWarning)
    warnings.showwarning = _warned
    models.mkdir(parents=True, exist_ok=True)
    half = models / f"half-{os.getpid()}"
    try:
        # Under a name nobody looks for: a training that is interrupted must not leave half a model behind.
        with contextlib.redirect_stdout(io.StringIO()):  # Rasa prints the path of the half model
            trained = rasa.model_training.train(
                domain=str(root / "domain.yml"),
                config=str(root / "config.yml"),
                training_files=str(root / "data"),
                output=str(half),
                fixed_model_name="model",
            )
        Path(trained.model).replace(target)
    except rasa.shared.exceptions.RasaException as error:
        say(f"train: {error}")
        sys.exit(1)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _warned(message: Warning | str, *_: Any, **__: Any) -> None:
    if not is_beside_the_point(str(message)):
        say(f"  warning: {message}")


def main() -> None:
    """Train unless the model of the tree as it is is there already."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with domain.yml, config.yml and data/")
    parser.add_argument("--models", type=Path, help="where models are kept; default <root>/models")
    parser.add_argument("--force", action="store_true", help="train even if the model is there")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    models = (arguments.models or root / "models").resolve()
    try:
        target = model_path(root, models)
    except FileNotFoundError as missing:
        say(f"train: {missing.filename} is missing")
        sys.exit(1)
    if target.is_file() and not arguments.force:
        say("The dialogue model is up to date.")
    else:
        say("Training the dialogue model, about a minute:")
        started = time.monotonic()
        train(root, models, target)
        say(f"Trained in {time.monotonic() - started:.0f} s, {target.stat().st_size / 2**20:.1f} MB.")
        prune(models, target)
    print(target)


if __name__ == "__main__":
    main()
