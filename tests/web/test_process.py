"""The process: started as the supervisor starts it, over a real socket, stopped by a signal."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from sqlalchemy import select

from tests.sandbox.phones import Process as Sandbox
from tests.web.conftest import House, basket
from tests.web.receiver import SECRET, receiving
from tradein.database import reading
from tradein.orders import Order
from web.body import LIMIT_BYTES
from web.patience import REQUEST_SECONDS


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Return a process's environment: nothing of the machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error"} | more


class Running:
    """A running API; ``root`` is its address."""

    def __init__(self, **settings: str) -> None:
        port = free_port()
        self.root = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "web"],
            env=environment(TRADEIN_WEB_PORT=str(port), **settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(400):
            try:
                httpx.get(f"{self.root}/health", trust_env=False)
            except httpx.TransportError:
                assert self.process.poll() is None, self.process.communicate()
                time.sleep(0.05)
            else:
                return
        raise AssertionError("it never answered")

    def ends(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, float, str, str]:
        """Send a signal; return the exit code, the seconds it took, and what was said."""
        begun = time.monotonic()
        self.process.send_signal(by)
        out, err = self.process.communicate(timeout=15)
        return self.process.returncode, time.monotonic() - begun, out, err


@contextmanager
def running(**settings: str) -> Iterator[Running]:
    """Run an API and see that it is gone afterwards."""
    api = Running(**settings)
    try:
        yield api
    finally:
        if api.process.poll() is None:
            api.process.kill()
            api.process.communicate()


def until(said: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


@pytest.mark.parametrize(("trusted", "last"), [("", 429), ("10.0.0.0/8", 429), ("127.0.0.1, 10.0.0.0/8", 401)])
def test_another_address_is_believed_of_a_trusted_proxy_only(house: House, trusted: str, last: int) -> None:
    """Who guesses keys can't send each guess in another name."""
    with running(TRADEIN_DATABASE_URL=house.url, TRADEIN_TRUSTED_PROXIES=trusted) as api:
        answers = [
            httpx.get(
                f"{api.root}/v1/products",
                headers={"Authorization": "Bearer tik_x_y", "X-Forwarded-For": f"192.0.2.{number}"},
                trust_env=False,
            ).status_code
            for number in range(11)
        ]
    assert answers == [401] * 10 + [last]


@pytest.mark.parametrize(("trusted", "scheme"), [("", "http"), ("127.0.0.1", "https")])
def test_that_it_is_behind_https_is_believed_of_a_trusted_proxy_only(house: House, trusted: str, scheme: str) -> None:
    """The console leads where its address says, and its cookie is kept to https there: docs/running.md says so."""
    with running(TRADEIN_DATABASE_URL=house.url, TRADEIN_TRUSTED_PROXIES=trusted) as api:
        told = {"X-Forwarded-Proto": "https", "Host": "exchange.example"}
        answer = httpx.get(f"{api.root}/console/", headers=told, trust_env=False)
    assert answer.headers["location"] == f"{scheme}://exchange.example/console/enter"


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_within_seconds(house: House, by: signal.Signals) -> None:
    """With a keep-alive connection still open; nothing on stderr, no failure."""
    with running(TRADEIN_DATABASE_URL=house.url) as api, httpx.Client(base_url=api.root, trust_env=False) as client:
        assert client.get("/health").json() == {"status": "ok"}
        code, seconds, out, err = api.ends(by)
    assert (code, err) == (0, "")
    assert seconds < 8
    assert all(json.loads(line) for line in out.splitlines()), "the log is JSON, a line each"


def test_a_busy_port_and_bad_settings_are_one_sentence_each(house: House) -> None:
    """On stderr, with what to do; no traceback."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for settings, says in [
            ({"TRADEIN_WEB_PORT": port}, "TRADEIN_WEB_PORT"),
            ({"RAZORPAY_KEY_ID": "rzp_test_1"}, "RAZORPAY_KEY_SECRET"),
            ({"TRADEIN_SHOP_WEBHOOK_URL": "http://x", "TRADEIN_SHOP_WEBHOOK_SECRET": "whsec_"}, "WEBHOOK_SECRET"),
        ]:
            done = subprocess.run(
                [sys.executable, "-m", "web"],
                env=environment(TRADEIN_DATABASE_URL=house.url, **settings),
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert done.returncode == 1
            assert says in done.stderr
            assert done.stderr.count("\n") == 1, done.stderr


def test_a_provider_that_hangs_does_not_hold_up_a_stop(house: House) -> None:
    """The request is lost, the process is gone within seconds, and nothing was done."""
    secret, code = house.key(), house.code()
    headers = {"Authorization": f"Bearer {secret}"}
    with socket.socket() as deaf, ThreadPoolExecutor(1) as pool:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with running(
            TRADEIN_DATABASE_URL=house.url,
            RAZORPAY_API_URL=f"http://127.0.0.1:{deaf.getsockname()[1]}",
            RAZORPAY_KEY_ID="rzp_test_1",
            RAZORPAY_KEY_SECRET="s",
        ) as api:

            def post(path: str, body: dict[str, object], key: str) -> httpx.Response:
                given = headers | {"Idempotency-Key": key}
                return httpx.post(f"{api.root}{path}", json=body, headers=given, trust_env=False, timeout=20)

            held = post("/v1/reservations", basket(code), "1").json()
            body = {"reservation_id": held["id"], "reference": "S-1", "payment_id": "pay_1"}
            order = pool.submit(post, "/v1/orders", body, "2")
            time.sleep(1)
            status, seconds, _, _ = api.ends()
            assert (status, seconds < 8) == (0, True)
            lost = order.exception()
            assert isinstance(lost, httpx.TransportError) or order.result().status_code >= 500
    with reading(house.maker) as session:
        assert session.scalars(select(Order)).all() == []


def test_the_whole_way_of_the_money_over_real_sockets(house: House) -> None:
    """Order, cancel; the refund goes to the payment twin, settles, and the shop has heard of all of it."""
    secret, code = house.key(), house.code()
    sandbox = Sandbox("--memory")
    with (
        receiving() as receiver,
        running(
            TRADEIN_DATABASE_URL=house.url,
            RAZORPAY_API_URL=f"{sandbox.root}/razorpay",
            RAZORPAY_KEY_ID="rzp_test_sandbox",
            RAZORPAY_KEY_SECRET="sandbox",
            TRADEIN_SHOP_WEBHOOK_URL=receiver.url,
            TRADEIN_SHOP_WEBHOOK_SECRET=SECRET,
        ) as api,
    ):
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=api.root, headers=headers, trust_env=False, timeout=20) as shop:
            held = shop.post("/v1/reservations", json=basket(code), headers={"Idempotency-Key": "1"}).json()
            paid = httpx.post(
                f"{sandbox.root}/sandbox/payments",
                json={"amount": held["to_pay_minor"], "currency": "INR"},
                trust_env=False,
            ).json()
            order = shop.post(
                "/v1/orders",
                json={"reservation_id": held["id"], "reference": "S-1", "payment_id": paid["id"]},
                headers={"Idempotency-Key": "2"},
            ).json()
            assert order["state"] == "placed", order
            cancel = f"/v1/orders/{order['id']}/cancel"
            assert shop.post(cancel, headers={"Idempotency-Key": "3"}).json()["state"] == "cancelled"
            until(lambda: shop.get(f"/v1/orders/{order['id']}").json()["refund"]["state"] == "sent")
            until(lambda: {told["type"] for told in receiver.taken} == {"coupon.redeemed", "order.cancelled"})
        code_, _, out, err = api.ends()
    assert (code_, err) == (0, "")
    for private in (secret, code, "whsec_", "Basic", base64.b64encode(b"rzp_test_sandbox:sandbox").decode()):
        assert private not in out
    assert sandbox.stop() == 0


def test_a_killed_process_leaves_its_answers_to_the_next(house: House) -> None:
    """A repetition finds the answer that the dead one gave."""
    secret, code = house.key(), house.code()
    body = basket(code)
    with running(TRADEIN_DATABASE_URL=house.url) as api:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "1"}
        first = httpx.post(f"{api.root}/v1/reservations", json=body, headers=headers, trust_env=False).json()
        api.ends(signal.SIGKILL)
    with running(TRADEIN_DATABASE_URL=house.url) as api:
        again = httpx.post(f"{api.root}/v1/reservations", json=body, headers=headers, trust_env=False)
        assert (again.json(), again.headers["idempotency-replayed"]) == (first, "true")


def test_who_never_finishes_asking_is_hung_up_on_and_nobody_else(house: House) -> None:
    """Half a header, half a body, an empty line, nothing at all; who asks again and again has their time each time."""
    head = b"GET /health HTTP/1.1\r\nhost: x\r\n"
    asked = head.replace(b"GET /health", b"POST /v1/coupons/lookup") + b"content-length: 9\r\n\r\n{"
    with (
        running(TRADEIN_DATABASE_URL=house.url) as api,
        httpx.Client(base_url=api.root, trust_env=False) as client,
        ExitStack() as slow,
    ):
        port, connections = int(api.root.rpartition(":")[2]), []
        for begins in (b"", head + b"x-slow: ", asked, head + b"\r\n\r\n"):
            connections.append(slow.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)))
            connections[-1].sendall(begins)
        end = time.monotonic() + REQUEST_SECONDS + 1
        while time.monotonic() < end:
            assert client.get("/health").status_code == 200
            time.sleep(0.5)
        for connection in connections:
            while connection.recv(4096):  # an answer first, perhaps; then it is over
                pass


def test_who_asks_without_an_end_is_hung_up_on_before_it_costs_memory(house: House) -> None:
    """Headers, or one header, that never end; a body sent byte by byte is read all the same."""
    begins = b"POST /v1/coupons/lookup HTTP/1.1\r\nhost: x\r\n"
    with running(TRADEIN_DATABASE_URL=house.url) as api:
        port = int(api.root.rpartition(":")[2])
        for more in (b"x: " + b"a" * 65_000 + b"\r\n", b"a" * 65_000):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(begins + b"x: ")
                with pytest.raises(ConnectionError):
                    connection.sendall(more * 1000)  # 65 MB; what the sockets hold between the two is a few
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(
                begins
                + b"connection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
                + b"1\r\n \r\n" * LIMIT_BYTES
                + b"0\r\n\r\n"
            )
            with connection.makefile("rb") as answer:
                assert b"/problems/malformed_request" in answer.read()
        assert httpx.get(f"{api.root}/health", trust_env=False).status_code == 200
