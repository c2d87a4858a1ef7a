"""The sandbox as a process: what it keeps, how it starts and stops, and what its own API and page offer."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
from telegram import Bot

from sandbox.app import PAGE
from tests.sandbox.phones import TOKEN, Customer, Process, make_bot, new_customer


async def test_chats_updates_files_and_commands_survive_a_restart(tmp_path: Path) -> None:
    """Ids go on growing; what was not confirmed comes again."""
    environment = os.environ | {"TRADEIN_VAR_DIR": str(tmp_path / "var")}
    process = Process(environment=environment)
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http, make_bot(process.root) as bot:
        customer = await new_customer(http)
        await customer.say("kept")
        (first,) = await bot.get_updates()
        sent = await bot.send_document(customer.id, b"bytes", filename="a.txt")
        await bot.set_my_commands([("start", "Begin")])
        tapped = await customer.tap(sent.message_id, "x")
    assert process.stop() == 0
    process = Process(environment=environment)
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http, make_bot(process.root) as bot:
        customer = Customer(http, customer.id)
        again = await bot.get_updates()
        assert again[0] == first
        assert await bot.answer_callback_query(tapped, "late but there")
        assert sent.document is not None
        file = await bot.get_file(sent.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"bytes"
        assert [command.command for command in await bot.get_my_commands()] == ["start"]
        assert await customer.say("new") == 3
        newest = (await bot.get_updates(offset=-1))[0]
        assert newest.update_id > again[-1].update_id
        assert await customer.sees() == ["kept", "", "new"]
        assert (await new_customer(http)).id > customer.id
    process.stop()


async def test_a_stop_takes_under_two_seconds_with_polls_and_streams_open() -> None:
    """A long poll returns empty instead of breaking off."""
    process = Process("--memory")
    async with httpx.AsyncClient(base_url=process.root, trust_env=False, timeout=30) as http:
        customer = await new_customer(http)
        poll = asyncio.create_task(http.get(f"/bot{TOKEN}/getUpdates", params={"timeout": 30}))
        watch = asyncio.create_task(customer.changes(wait=30))
        async with http.stream("GET", "/sandbox/events") as events:
            lines = events.aiter_lines()
            assert await anext(lines) == "retry: 1000"
            await asyncio.sleep(0.1)
            begun = time.perf_counter()
            assert await asyncio.to_thread(process.stop) == 0
            assert time.perf_counter() - begun < 2
            assert [line async for line in lines if line.startswith("event")] == ["event: hello"]
        assert (await poll).json() == {"ok": True, "result": []}
        assert (await watch)["messages"] == []


async def test_a_taken_port_is_one_sentence_and_exit_code_1(process: Process) -> None:
    """No traceback for who runs it twice."""
    port = process.root.rpartition(":")[2]
    command = [sys.executable, "-m", "sandbox", "--memory", "--port", port]
    second = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in second.stderr


async def test_the_customers_view_waits_for_changes(bot: Bot, customer: Customer) -> None:
    """It wakes with the first, and `seq` leads from one call to the next."""
    waiting = asyncio.create_task(customer.changes(wait=10))
    await asyncio.sleep(0.1)
    begun = time.perf_counter()
    sent = await bot.send_message(customer.id, "hello")
    changes = await waiting
    assert time.perf_counter() - begun < 1
    assert [message["text"] for message in changes["messages"]] == ["hello"]
    await sent.edit_text("hello again")
    later = await customer.changes(after=changes["seq"])
    assert [(message["text"], message["change"]) for message in later["messages"]] == [("hello again", "edited")]
    assert (await customer.changes(after=later["seq"], wait=0.1))["messages"] == []


async def test_the_page_hears_of_everything_live(http: httpx.AsyncClient, bot: Bot, customer: Customer) -> None:
    """Typing, messages and answers come as server-sent events."""
    async with http.stream("GET", "/sandbox/events") as events:
        lines = events.aiter_lines()
        await anext(lines)
        await bot.send_chat_action(customer.id, "typing")
        sent = await bot.send_message(customer.id, "hello")
        await bot.answer_callback_query(await customer.tap(sent.message_id, "x"))
        kinds: list[str] = []
        async with asyncio.timeout(5):
            while "answer" not in kinds:
                line = await anext(lines)
                kinds += [line.removeprefix("event: ")] if line.startswith("event: ") else []
    assert kinds == ["hello", "action", "message", "answer"]


async def test_the_page_and_all_it_needs_come_from_the_sandbox_itself(http: httpx.AsyncClient) -> None:
    """No other host is asked for anything."""
    page = await http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "Exchange assistant — sandbox" in page.text
    parts = sorted(path.name for path in PAGE.iterdir())
    assert {"app.js", "shop.js", "style.css", "icon.svg"} <= set(parts)
    for name in parts:
        part = await http.get(f"/{name}")
        assert part.status_code == 200 or name == "index.html"
        assert "https://" not in part.text.replace("`https://${inside}`", "")
        assert "url(http" not in part.text


async def test_another_sites_page_may_not_touch_the_sandbox(http: httpx.AsyncClient) -> None:
    """A browser that has both open must not let one write into the other."""
    body = {"first_name": "Mallory"}
    answer = await http.post("/sandbox/customers", json=body, headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    own = str(http.base_url).rstrip("/")
    assert (await http.post("/sandbox/customers", json=body, headers={"origin": own})).status_code == 201


async def test_with_rate_limits_on_a_burst_to_one_chat_is_refused() -> None:
    """Off by default; with the flag the sixth message in a row is one too many."""
    process = Process("--memory", "--rate-limits")
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http:
        customer = await new_customer(http)
        call = {"chat_id": customer.id, "text": "x"}
        answers = [await http.post(f"/bot{TOKEN}/sendMessage", json=call) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[-1].json()["parameters"] == {"retry_after": 1}
        other = await new_customer(http)
        assert (await http.post(f"/bot{TOKEN}/sendMessage", json=call | {"chat_id": other.id})).is_success
    process.stop()


async def test_wrong_requests_to_the_control_api_say_what_is_wrong(http: httpx.AsyncClient) -> None:
    """Never a traceback, always a sentence."""
    assert (await http.post("/sandbox/chats/5/messages", json={"text": "x"})).status_code == 404
    assert (await http.post("/sandbox/customers", content=b"{")).json() == {"error": "That is no JSON."}
    answer = await http.post("/sandbox/customers", json={"first_name": "  "})
    assert answer.status_code == 422
    customer = await new_customer(http)
    answer = await http.post(f"/sandbox/chats/{customer.id}/messages", json={"photo": "??"})
    assert (answer.status_code, answer.json()["error"]) == (422, "The file is no base64.")
    assert (await http.get("/sandbox/health")).json()["status"] == "ok"
