"""Who gets into the console, for how long, and what a browser is told about it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text
from starlette.types import Message

from tests.web.console.conftest import ADDRESS, Desk
from tradein import staff, tokens, visits
from tradein.database import transaction
from tradein.signins import IDLE, LINK_LIFE, LONGEST
from tradein.staff import Role


def at_the_entrance(answer: httpx.Response) -> bool:
    """Say whether a browser was sent to the entrance."""
    return (answer.status_code, answer.headers.get("location")) == (303, f"{ADDRESS}/console/enter")


async def test_a_link_signs_one_browser_in_once(stranger: Desk) -> None:
    """Looking at the link uses nothing up; its button does. The second press is told why not."""
    token = stranger.link()
    for _ in range(2):
        assert "Sign in" in (await stranger.get("/enter", token=token)).text
    answer = await stranger.enters(token)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ADDRESS}/console/")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("tradein_console=", "HttpOnly", "Path=/console", "SameSite=strict"))
    assert "How the programme does" in (await stranger.get("/")).text
    again = await stranger.enters(token)
    assert again.status_code == 403
    assert "used before" in again.text
    assert stranger.events("console_signin") == [("open", stranger.actor)]


async def test_without_a_sign_in_there_is_only_the_entrance(stranger: Desk) -> None:
    """Every page and every action; the address that was wanted is nowhere repeated."""
    for path in ("/", "/coupons/list", "/coupons/detail?pk=1", "/staff/list", "/nothing"):
        assert at_the_entrance(await stranger.get(path)), path
    refused = await stranger.does("withdraw", "coupons", 1)
    assert (refused.status_code, "signed out" in refused.text) == (401, True)
    assert "tradein console open" in (await stranger.get("/enter")).text


@pytest.mark.parametrize("how", ["old", "newer", "removed", "unknown"])
async def test_a_link_opens_nothing_when(how: str, stranger: Desk) -> None:
    """It is too old, a newer one was made, its owner works here no more, or nobody made it."""
    token = stranger.link()
    if how == "old":
        stranger.house.clock.now += LINK_LIFE * 1.01
    elif how == "newer":
        stranger.link()
    elif how == "removed":
        with transaction(stranger.house.maker) as session:
            member = staff.by_id(session, stranger.member_id)
            visits.dismiss(session, member, now=stranger.house.clock.now)
    else:
        token = tokens.new()
    answer = await stranger.enters(token)
    assert answer.status_code == 403
    assert "tradein_console" not in answer.headers.get("set-cookie", "")
    assert at_the_entrance(await stranger.get("/"))


async def test_an_invitation_to_telegram_opens_no_console(stranger: Desk) -> None:
    """And a supervisor gets no link at all."""
    with transaction(stranger.house.maker) as session:
        token = staff.invite(session, staff.by_id(session, stranger.member_id), now=stranger.house.clock.now)
    assert (await stranger.enters(token)).status_code == 403


async def test_a_role_that_was_taken_away_ends_the_sign_in_at_once(desk: Desk) -> None:
    """The next request finds the door closed, and the cookie is taken away."""
    assert (await desk.get("/")).status_code == 200
    with transaction(desk.house.maker) as session:
        member = staff.by_id(session, desk.member_id)
        for grant in member.grants:
            grant.role = Role.SUPERVISOR
    answer = await desk.get("/")
    assert at_the_entrance(answer)
    assert 'tradein_console=""' in answer.headers["set-cookie"]


@pytest.mark.parametrize(("step", "over"), [(IDLE * 1.01, True), (IDLE * 0.9, False)])
async def test_who_is_idle_too_long_is_signed_out(step: object, over: bool, desk: Desk) -> None:
    """Half an hour; who goes on working stays."""
    for _ in range(3):
        desk.house.clock.now += step  # type: ignore[operator]
        answer = await desk.get("/")
        assert at_the_entrance(answer) is over


async def test_a_working_day_is_the_longest_sign_in(desk: Desk) -> None:
    """However busy."""
    for _ in range(int(LONGEST / IDLE) + 1):
        assert (await desk.get("/")).status_code == 200
        desk.house.clock.now += IDLE * 0.95
    desk.house.clock.now += IDLE
    assert at_the_entrance(await desk.get("/"))


async def test_signing_out_is_for_good(desk: Desk) -> None:
    """A copy of the cookie opens nothing either."""
    copy = desk.http.cookies["tradein_console"]
    assert at_the_entrance(await desk.post("/leave"))
    desk.http.cookies.set("tradein_console", copy, path="/console", domain="console.test")
    assert at_the_entrance(await desk.get("/"))
    assert desk.events("console_signin") == [("open", desk.actor), ("ended", desk.actor)]


async def test_who_guesses_soon_guesses_no_more(stranger: Desk) -> None:
    """Ten a minute from one address, links and cookies together; then the right link has to wait too."""
    token = stranger.link()
    for number in range(5):
        assert (await stranger.enters(f"wrong-{number}")).status_code == 403
        stranger.http.cookies.set("tradein_console", f"forged-{number}", path="/console", domain="console.test")
        assert at_the_entrance(await stranger.get("/"))
    assert (await stranger.enters(token)).status_code == 429
    stranger.http.cookies.set("tradein_console", "forged", path="/console", domain="console.test")
    assert (await stranger.get("/")).status_code == 429


async def test_who_guesses_keeps_nobody_from_their_work(desk: Desk) -> None:
    """At the same address, as behind one proxy: who is signed in stays so; who would sign in waits."""
    mine = desk.http.cookies["tradein_console"]
    for number in range(15):
        desk.http.cookies.set("tradein_console", f"forged-{number}", path="/console", domain="console.test")
        refused = await desk.get("/")
    assert refused.status_code == 429
    desk.http.cookies.set("tradein_console", mine, path="/console", domain="console.test")
    assert (await desk.get("/")).status_code == 200
    assert (await desk.enters()).status_code == 429


async def test_nothing_is_changed_by_a_page_of_somebody_else(desk: Desk) -> None:
    """Without the form's token, with a forged one, or with the right one sent from elsewhere."""
    path, token = "/console/leave", await desk.csrf()
    attempts = [
        ({}, {}),
        ({"csrftoken": "forged"}, {}),
        ({"csrftoken": token}, {"Origin": "https://elsewhere.test"}),
        ({"csrftoken": token}, {"Sec-Fetch-Site": "same-site"}),
        ({"csrftoken": token}, {"Origin": "null"}),
    ]
    for fields, headers in attempts:
        assert (await desk.http.post(path, data=fields, headers=headers)).status_code == 403
    assert (await desk.get("/")).status_code == 200


async def test_two_who_press_the_button_at_once_are_one_browser(stranger: Desk) -> None:
    """The other is told that the link was used."""
    fields = {"token": stranger.link(), "csrftoken": await stranger.csrf()}
    answers = await asyncio.gather(*(stranger.http.post("/console/enter", data=fields) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 403, 403, 403, 403]
    assert stranger.events("console_signin") == [("open", stranger.actor)]


async def test_what_is_no_request_of_a_browser_is_refused_and_no_fault_of_ours(stranger: Desk) -> None:
    """By whoever finds the address: a form that is none, a body without an end, an origin that is no address."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 40_000

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    odd: list[tuple[int, bytes | AsyncIterator[bytes], dict[str, str]]] = [
        (403, b"x", {"Content-Type": "multipart/form-data"}),
        (403, b"x", {"Content-Type": "multipart/form-data; boundary=a"}),
        (403, b"&".join([b"a=1"] * 2_000), form),
        (413, endless(), form),
        (413, endless(), form | {"X-CSRFToken": await stranger.csrf()}),
        (403, b"", {"Origin": "http://["}),
    ]
    for status, content, headers in odd:
        answer = await stranger.http.post("/console/enter", content=content, headers=headers)
        assert answer.status_code == status, headers
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_who_hangs_up_in_the_middle_of_a_form_is_no_fault_of_ours(stranger: Desk) -> None:
    """Nor a line in the log that says so."""
    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/console/enter",
        "query_string": b"",
        "headers": [(b"content-length", b"500")],
    }
    sent: list[Message] = []

    async def hung_up() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await stranger.house.app()(scope, hung_up, send)
    assert sent[0]["status"] == 400


async def test_only_the_entrance_itself_is_open(stranger: Desk) -> None:
    """No list whose name begins like it would be."""
    for path in ("/entered/list", "/enter/list", "/enterprise", "/enter/"):
        assert at_the_entrance(await stranger.get(path)), path


async def test_who_asks_a_database_that_is_out_of_order_is_told_to_come_back(desk: Desk) -> None:
    """Not with the error, which may quote what is in it."""
    with transaction(desk.house.maker) as session:
        session.execute(text("DROP TABLE console_signin"))
    answer = await desk.get("/")
    assert (answer.status_code, "try again" in answer.text) == (503, True)


async def test_every_answer_keeps_the_browser_strict(desk: Desk) -> None:
    """Scripts by nonce only, never in a frame, never in a cache; nothing is loaded from elsewhere."""
    for path in ("/", "/enter", "/coupons/list", "/nothing", "/static/console.css"):
        answer = await desk.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == ("private, max-age=3600" if "static" in path else "no-store")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        addresses = {part for part in answer.text.split('"') if part.startswith(("http://", "https://", "//"))}
        assert all(part.startswith((ADDRESS, "http://www.w3.org/")) for part in addresses), addresses
        nonce = policy.split("'nonce-")[1].split("'")[0]
        assert answer.text.count("<script") == answer.text.count(f'<script nonce="{nonce}"')


async def test_over_https_the_cookie_is_sent_over_https_only(stranger: Desk) -> None:
    """Behind a proxy that says so, or directly."""
    stranger.http.base_url = httpx.URL("https://console.test")
    assert "Secure" in (await stranger.enters()).headers["set-cookie"]


async def test_the_description_of_the_api_says_nothing_of_the_console(desk: Desk) -> None:
    """It is not the shop's."""
    assert "console" not in (await desk.http.get("/openapi.json")).text
    assert (await desk.http.get("/console")).headers["location"] == "/console/"
