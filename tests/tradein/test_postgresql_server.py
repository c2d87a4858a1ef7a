"""The tests' own PostgreSQL server doesn't take the tests down with it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.postgresql import Server, ServerVanishedError


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server of the test's own."""
    server = Server()
    yield server
    server.stop()


def its(url: str, setting: str) -> str:
    """Return what a server says of itself."""
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SHOW {setting}").fetchone()
    assert found is not None
    return str(found[0])


def killed(url: str) -> Path:
    """Kill a server from outside; return the folder it leaves."""
    folder = Path(its(url, "data_directory"))
    process = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    process.kill()
    process.wait(10)
    return folder


def test_a_server_that_vanished_is_told_of_once_and_another_is_there(server: Server) -> None:
    """With what it said last; its folder may be gone with it."""
    url = server.url()
    assert server.url() == url
    killed(url)
    with pytest.raises(ServerVanishedError, match="ready to accept connections"):
        server.url()
    shutil.rmtree(killed(server.url()))
    with pytest.raises(ServerVanishedError, match="log can't be read"):
        server.url()
    assert its(server.url(), "server_version")
