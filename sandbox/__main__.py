"""`python -m sandbox`: a local Telegram on the loopback, with a page to chat on."""

import argparse
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from sandbox.app import make_app
from sandbox.rates import FELT
from sandbox.settings import SandboxSettings
from sandbox.store import FileStore, Store
from sandbox.world import DEFAULT_TOKEN, World

_GRACE_SECONDS = 1


class _Server(uvicorn.Server):
    """Sends long polls and page streams home first, so that a stop takes no longer than the work in hand."""

    world: World

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.world.close()
        await super().shutdown(sockets)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return 1 when the port is taken or a setting is wrong."""
    settings = SandboxSettings()
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default=settings.sandbox_host, help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=settings.sandbox_port, help="port to listen on (%(default)s)")
    parser.add_argument("--memory", action="store_true", help="keep nothing on disk")
    parser.add_argument("--rate-limits", action="store_true", help="refuse what is sent too fast to private chats, too")
    options = parser.parse_args(arguments)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
        listener.listen(2048)
    except OSError as error:
        sys.stderr.write(
            f"The sandbox can't listen on {options.host}:{options.port} ({error.strerror}): "
            "stop what uses that port or choose another with TRADEIN_SANDBOX_PORT.\n"
        )
        return 1
    store = Store() if options.memory else FileStore(Path(settings.var_dir) / "sandbox.db")
    world = World(store)
    config = uvicorn.Config(
        make_app(world, limits=FELT if options.rate_limits else None),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    server.world = world
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"Sandbox: page and Bot API on http://{host}:{port}/ (any token, such as {DEFAULT_TOKEN})\n")
    sys.stdout.flush()
    # uvicorn repeats the signal that stopped it; a stop that was asked for is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # What is loaded by now stays: the collector needn't go through it again and again.
    gc.collect()
    gc.freeze()
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
