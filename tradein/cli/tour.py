"""``tradein tour``: a whole trade-in as a dialogue in the terminal, played through the real stack."""

import contextlib
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.align import Align
from rich.console import Console
from rich.panel import Panel
from rich.text import Text
from stdnum import luhn

from tradein.cli.rehearsal import RehearsalFailed, rehearsal

ANSWER_SECONDS = 20.0
POLL_SECONDS = 2.0
MOST_QUESTIONS = 20
WORN = 2  # the question that gets its second answer, so that the price has a line more
TYPE = "990000"  # of the numbers that no phone sold in the programme has

Message = dict[str, Any]


class Surprise(Exception):
    """The assistant did something the tour didn't expect; the message says what was expected and what came."""


class Customer:
    """One person in the sandbox: writes, taps, and reads what the assistant says, all over HTTP."""

    def __init__(self, http: httpx.Client, console: Console, *, first_name: str) -> None:
        self._http = http
        self._console = console
        made = http.post("/sandbox/customers", json={"first_name": first_name}).raise_for_status().json()
        self._chat = f"/sandbox/chats/{made['id']}"
        self._seq = 0
        self._last = ""
        self._unread: list[Message] = []

    def say(self, text: str) -> None:
        """Write a message."""
        self._last = text
        self._bubble(text, mine=True)
        self._http.post(f"{self._chat}/messages", json={"text": text}).raise_for_status()

    def tap(self, message: Message, title: str) -> None:
        """Tap the button of ``message`` whose title begins with ``title``; raises :class:`Surprise` if none does."""
        for button in _buttons(message):
            if button["text"].startswith(title):
                self._last = button["text"]
                self._bubble(f"👆 {button['text']}", mine=True)
                body = {"message_id": message["message_id"], "data": button["callback_data"]}
                self._http.post(f"{self._chat}/callbacks", json=body).raise_for_status()
                return
        raise Surprise(f"I looked for the button “{title}” and found {[b['text'] for b in _buttons(message)]}.")

    def hears(self, expected: str, *fits: Callable[[Message], bool]) -> Message:
        """Return once each of ``fits`` has its message, in any order; of these the last.

        Raises :class:`Surprise` if they don't come in time.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        heard: list[str] = []
        missing = list(fits)
        while True:
            while self._unread:
                message = self._unread.pop(0)
                heard.append(message["text"])
                still = [fit for fit in missing if not fit(message)]
                if not still:
                    return message
                missing = still
            if time.monotonic() > deadline:
                raise Surprise(f"After “{self._last}” I expected {expected}, and heard {heard or 'nothing'}.")
            self._read()

    def _read(self) -> None:
        query = {"after": self._seq, "wait": POLL_SECONDS}
        changes = self._http.get(f"{self._chat}/messages", params=query).raise_for_status().json()
        self._seq = changes["seq"]
        for message in changes["messages"]:
            # An edit only takes the buttons off what was said before.
            if message["from"]["is_bot"] and message["change"] == "new":
                self._bubble(message["text"], mine=False, buttons=[button["text"] for button in _buttons(message)])
                self._unread.append(message)

    def _bubble(self, text: str, *, mine: bool, buttons: list[str] | None = None) -> None:
        body = Text(text)
        if buttons:
            body.append("\n\n" + "  ".join(f"[{title}]" for title in buttons), style="cyan")
        width = min(72, self._console.width - 8)
        fitted = Panel(body, border_style="green" if mine else "blue", expand=False)
        self._console.print(Align(fitted, "right" if mine else "left", width=width if len(text) > width else None))


def tour(
    *,
    url: Annotated[
        str | None,
        typer.Option(help="A sandbox that runs already, such as http://127.0.0.1:8081; else one is started."),
    ] = None,
) -> None:
    """Watch a customer trade in a phone, from the first hello to the coupon."""
    console = Console()
    try:
        with _sandbox(url, console) as address, httpx.Client(base_url=address, timeout=30, trust_env=False) as http:
            play(Customer(http, console, first_name="Asha"))
    except (Surprise, RehearsalFailed) as problem:
        console.print(f"[red]✗[/] {type(problem).__name__}:", end=" ")
        console.print(str(problem), markup=False, highlight=False)
        raise typer.Exit(1) from None
    except httpx.HTTPError as error:
        console.print(f"[red]✗[/] The sandbox didn't answer as expected: {error}", highlight=False)
        raise typer.Exit(1) from None
    console.print("[green]✓[/] A phone was valued, its coupon issued and found again.")


def play(customer: Customer) -> None:
    """Trade in one phone; raises :class:`Surprise` where anything doesn't come as it should."""
    customer.say("/start")
    hello = customer.hears("a greeting with buttons", _has_buttons)
    customer.tap(hello, "What's my phone worth?")

    brands = customer.hears("the brands to choose from", _has_button("Xiaomi"))
    customer.tap(brands, "Xiaomi")
    customer.hears("the question for the model", _has_buttons)
    customer.say("redmi note 4")
    variants = customer.hears("the memory sizes to choose from", _has_buttons)
    customer.tap(variants, next(b["text"] for b in _buttons(variants) if "64" in b["text"]))

    customer.hears("a question about the condition", _has_buttons)
    customer.say("how long is the coupon valid?")
    customer.hears("the days of the coupon", lambda message: "days" in message["text"])
    asked = customer.hears("the question again", _has_buttons)
    for number in range(1, MOST_QUESTIONS):
        titles = [button["text"] for button in _buttons(asked)]
        if "Get my coupon" in titles:
            break
        if "Done" in titles:
            customer.tap(asked, "Done")
        else:
            customer.tap(asked, titles[1] if number == WORN else titles[0])
        asked = customer.hears("the next question or the price", _has_buttons)

    if "₹" not in asked["text"]:
        raise Surprise(f"I expected a price in rupees, and heard “{asked['text']}”.")
    customer.tap(asked, "Get my coupon")
    customer.hears("the question for the IMEI", lambda message: "IMEI" in message["text"])
    customer.say(f"it is {_imei()}")
    terms = customer.hears("the terms to agree to", _has_button("I agree"))
    customer.tap(terms, "I agree")
    customer.hears(
        "the coupon with its code, and what happens next",
        lambda message: "Code: " in message["text"],
        lambda message: "What happens next" in message["text"],
    )
    customer.say("/coupons")
    customer.hears("the coupon in the list", lambda message: "Coupon ending in" in message["text"])


@contextlib.contextmanager
def _sandbox(url: str | None, console: Console) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        with console.status("Starting the stack for the tour …"), contextlib.ExitStack() as stack:
            address = stack.enter_context(rehearsal(Path(folder))).sandbox_url
            kept = stack.pop_all()
        with kept:
            yield address


def _imei() -> str:
    """Make up a valid number, another one each time: the programme takes a phone only once."""
    body = f"{TYPE}{secrets.randbelow(10**8):08}"
    return body + str(luhn.calc_check_digit(body))


def _buttons(message: Message) -> list[dict[str, str]]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def _has_buttons(message: Message) -> bool:
    return bool(_buttons(message))


def _has_button(title: str) -> Callable[[Message], bool]:
    return lambda message: any(button["text"].startswith(title) for button in _buttons(message))
