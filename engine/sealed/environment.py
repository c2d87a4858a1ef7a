"""The switches of Rasa and its libraries, read while they are imported: set them first. Standard library only."""

from __future__ import annotations

import os

SWITCHES = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # A turn is too small to share between threads, and shared ones get in each other's way.
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
    "LOG_LEVEL": "WARNING",  # no progress bars
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    # Keras writes a file into the home directory unless told a place; this one takes no files.
    "KERAS_HOME": os.devnull,
}

# Warnings of Rasa that say nothing about the assistant: shown with every assistant, or wrong about ours.
BESIDE_THE_POINT = (
    "Slot auto-fill has been removed",
    # Rasa merges each retrieval intent of the domain with itself.
    "duplicated intents have been found across multiple domain files",
    # Rasa looks for its own ResponseSelector only; ours is in the pipeline and uses the examples.
    "does not include a response selector",
)


def is_beside_the_point(warning: str) -> bool:
    """Tell whether a warning of Rasa may be left out."""
    return any(phrase in warning for phrase in BESIDE_THE_POINT)
