"""``make bench``: one run, one table, with each figure's limit and the peer's figure beside it."""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

    "relay": measure_relay,
    "pipelines": measure_pipelines,
}

main()
