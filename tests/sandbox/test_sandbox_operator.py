"""The operator's entry of the sandbox: a link made by the command that who starts it names, or none at all."""

import os
import sys
from pathlib import Path

import httpx

from tests.sandbox.phones import Process


def test_without_a_command_there_is_no_console() -> None:
    """The page shows no entry, and who asks all the same is told."""
    alone = Process("--memory")
    with httpx.Client(base_url=alone.root, trust_env=False) as http:
        assert http.get("/sandbox/operator").json() == {"open": False}
        assert http.get("/sandbox/operator/console").status_code == 404
    assert alone.stop() == 0


def test_each_who_asks_goes_to_the_console_by_a_new_link(tmp_path: Path) -> None:
    """The last thing the command says is the link; a page from elsewhere leads nobody there."""
    count = tmp_path / "asked"
    program = f"open({str(count)!r}, 'a').write('x'); print('For Meera:'); print('http://127.0.0.1:9/console/enter')"
    told = {"SANDBOX_CONSOLE_OPEN": f'["{sys.executable}", "-c", "{program}"]'}
    process = Process("--memory", environment=os.environ | told)
    with httpx.Client(base_url=process.root, trust_env=False) as http:
        assert http.get("/sandbox/operator").json() == {"open": True}
        foreign = http.get("/sandbox/operator/console", headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        for _ in range(2):
            answer = http.get("/sandbox/operator/console", headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.headers["location"] == "http://127.0.0.1:9/console/enter"
        assert count.read_text() == "xx"
    assert process.stop() == 0


def test_a_command_that_fails_is_told() -> None:
    """Not a blank page."""
    told = {"SANDBOX_CONSOLE_OPEN": f'["{sys.executable}", "-c", "raise SystemExit(1)"]'}
    process = Process("--memory", environment=os.environ | told)
    with httpx.Client(base_url=process.root, trust_env=False) as http:
        assert http.get("/sandbox/operator/console").status_code == 503
    assert process.stop() == 0
