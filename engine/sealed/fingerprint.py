"""Name a model by what it was trained on, so that "is it trained?" is a question about a file name.

Standard library only: the answer must come without importing Rasa.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

ENGINE = Path(__file__).resolve().parent.parent
ROOT = ENGINE.parent

# What decides a model besides the assistant's own files: the versions that train it and the components we wrote.
_TRAINER = (
    ENGINE / "uv.lock",
    *(
        ENGINE / "sealed" / f"{component}.py"
        for component in ("classifier", "descent", "featurizer", "regression", "selector", "tokenizer")
    ),
)


def ingredients(root: Path) -> list[Path]:
    """Return the assistant's own files below `root`, in a stable order: domain.yml, config.yml, data/**/*.yml."""
    return [root / "domain.yml", root / "config.yml", *sorted((root / "data").rglob("*.yml"))]


def fingerprint(root: Path) -> str:
    """Return 16 hex digits over the names and bytes of everything a model of `root` is made of.

    Raises FileNotFoundError when domain.yml or config.yml is not there.
    """
    digest = hashlib.sha256()
    for path in ingredients(root):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for path in _TRAINER:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def model_path(root: Path, models: Path) -> Path:
    """Return where the model of `root`, as its files are now, is or will be: <models>/<fingerprint>.tar.gz."""
    return models / f"{fingerprint(root)}.tar.gz"
