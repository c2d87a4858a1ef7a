"""A stack of three small processes under the real supervisor: ``python small_stack.py LOGS PORT BEHAVIOUR``.

The first answers on PORT and has a child of its own that ignores SIGTERM; the second comes after the first and behaves
as told: ``well``, ``dies`` (soon after it was ready, with exit code 3), ``stubborn`` (ignores SIGTERM) or ``mute``
(never ready).
"""

import os
import sys
from pathlib import Path

from rich.console import Console

from tradein.cli.supervisor import Failure, Program, Stack

SERVER = """
import http.server, signal, subprocess, sys, threading
port, behaviour = int(sys.argv[1]), sys.argv[2]
if behaviour == "parent":
    child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", child])
if behaviour == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if behaviour == "mute":
    threading.Event().wait()
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        if behaviour == "dies":
            print("a last word", flush=True)
            threading.Timer(0.2, __import__("os")._exit, [3]).start()
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""


def main() -> None:
    """Run it as the command line would."""
    logs, port, behaviour = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

    def program(name: str, number: int, how: str, after: tuple[str, ...] = ()) -> Program:
        return Program(
            name=name,
            argv=(sys.executable, "-c", SERVER, str(port + number), how),
            env={"PATH": os.environ["PATH"], "MARK": str(logs)},
            probe=f"http://127.0.0.1:{port + number}/",
            after=after,
            patience_seconds=2 if how == "mute" else 30,
        )

    stack = Stack(
        [program("first", 0, "parent"), program("second", 1, behaviour, ("first",))], logs=logs, console=Console()
    )
    try:
        stack.run(lambda: print("all ready", flush=True))  # noqa: T201 - the test reads it
    except Failure as failure:
        sys.exit(str(failure))


main()
