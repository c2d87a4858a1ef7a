"""The operator's entry of the sandbox: the links that who starts it gave it, each handed out once, or none at all."""

import json
import os

import httpx

from tests.sandbox.phones import Process


def test_without_links_there_is_no_console() -> None:
    """The page shows no entry, and who asks all the same is told."""
    alone = Process("--memory")
    with httpx.Client(base_url=alone.root, trust_env=False) as http:
        assert http.get("/sandbox/operator").json() == {"open": False}
        assert http.get("/sandbox/operator/console").status_code == 404
    assert alone.stop() == 0


def test_each_who_asks_goes_to_the_console_by_another_link() -> None:
    """A page from elsewhere uses none up; when there are none left, that is told."""
    links = [f"http://127.0.0.1:9/console/enter?token={number}" for number in range(2)]
    process = Process("--memory", environment=os.environ | {"SANDBOX_CONSOLE_LINKS": json.dumps(links)})
    with httpx.Client(base_url=process.root, trust_env=False) as http:
        assert http.get("/sandbox/operator").json() == {"open": True}
        for site, status in (("cross-site", 403), ("same-site", 403), ("none", 303), ("same-origin", 303)):
            answer = http.get("/sandbox/operator/console", headers={"Sec-Fetch-Site": site})
            assert answer.status_code == status, site
            if status == 303:
                links.remove(answer.headers["location"])
        assert not links
        assert http.get("/sandbox/operator/console").status_code == 410
    assert process.stop() == 0
