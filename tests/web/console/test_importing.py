"""Files that an operator uploads: looked at, then confirmed; a bad one changes nothing, and all of it is named."""

import html
import re

import httpx
import pytest
from sqlalchemy import func, select

from tests.web.conftest import VALUE_MINOR, House
from tests.web.console.conftest import Desk
from tradein.catalogue import Price, PriceBook
from tradein.database import transaction
from tradein.terms import Terms

PHONES = ("redmi-note-4-3-32", "redmi-note-4-4-64", "mi-a1-4-64", "s8-4-64")
TERMS = "# version: 2\n# language: en\n\nOne old phone <for> one new phone,\nwithin {coupon_days} days.\n"
HIDDEN = re.compile(r'<textarea name="text" hidden>\n(.*?)</textarea>', re.DOTALL)


def prices(**other: str) -> str:
    """Return a price book; where not said otherwise, what is in force."""
    rows = [f"{phone},{other.get(phone.replace('-', '_'), VALUE_MINOR // 100)}" for phone in PHONES]
    head = ["# as_of: 2026-11-20", "# currency: INR", "# note: festival", "variant,best_inr"]
    return "\n".join([*head, *rows]) + "\n"


def in_force(house: House) -> tuple[int, int]:
    """Return how many price books and versions of terms there are."""
    with transaction(house.maker) as session:
        books, versions = (session.scalar(select(func.count()).select_from(table)) for table in (PriceBook, Terms))
        return books or 0, versions or 0


async def upload(desk: Desk, kind: str, text: str | bytes, name: str = "file.csv") -> httpx.Response:
    """Choose a file and have it checked."""
    content = text.encode() if isinstance(text, str) else text
    fields = {"kind": kind, "csrftoken": await desk.csrf()}
    return await desk.http.post("/console/import", data=fields, files={"file": (name, content)})


async def confirm(desk: Desk, kind: str, page: httpx.Response) -> httpx.Response:
    """Send the file back that a page holds, as a browser does: each line ends as HTTP wants it."""
    held = HIDDEN.search(page.text)
    assert held, page.text
    text = html.unescape(held[1]).replace("\n", "\r\n")
    fields = {"kind": kind, "name": "file.csv", "text": text, "csrftoken": await desk.csrf()}
    return await desk.http.post("/console/import/confirm", data=fields, files={"none": b""})


async def test_a_price_book_is_looked_at_and_then_put_in_force(desk: Desk) -> None:
    """What changes is shown first, and nothing has changed until it is confirmed."""
    before = in_force(desk.house)
    page = await upload(desk, "prices", prices(mi_a1_4_64="7000"))
    assert "2 changes" in page.text  # the day they are of, and one price
    assert all(words in page.text for words in ("mi-a1-4-64", "2,000", "7,000", "Put it in force"))
    assert in_force(desk.house) == before
    assert (await confirm(desk, "prices", page)).status_code == 303
    assert in_force(desk.house) == (before[0] + 1, before[1])
    assert desk.events("price_book") == [("imported", desk.actor)]
    with transaction(desk.house.maker) as session:
        assert (
            session.scalar(select(Price.best_minor).where(Price.book_id == 2, Price.variant_id == "mi-a1-4-64"))
            == 700_000
        )
    again = await upload(desk, "prices", prices(mi_a1_4_64="7000"))
    assert "as it is in the file already" in again.text
    assert "Put it in force" not in again.text


async def test_terms_are_looked_at_and_then_published(desk: Desk) -> None:
    """The text arrives as it was in the file, markup and all."""
    page = await upload(desk, "terms", TERMS, "en.md")
    assert "Terms version 2 (en) would be in force" in page.text
    assert "&lt;for&gt;" in page.text
    assert (await confirm(desk, "terms", page)).status_code == 303
    assert desk.events("terms")[-1] == ("published", desk.actor)
    with transaction(desk.house.maker) as session:
        text = session.scalar(select(Terms.text).where(Terms.version == 2))
    assert text == "One old phone <for> one new phone,\nwithin {coupon_days} days."
    older = await upload(desk, "terms", TERMS.replace("version: 2", "version: 1"), "en.md")
    assert "older than version 2" in older.text


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("prices", prices(mi_a1_4_64="7,000", s8_4_64="-1"), ["file.csv:7", "file.csv:8", "2 problems"]),
        ("prices", prices().replace("s8-4-64", "s9-4-64"), ["no variant is called", "has no price"]),
        ("terms", "# language: en\n\nSome {hole}\n", ["'# version: …' is missing", "can't be filled in", "file.csv:3"]),
        ("prices", b"\xff\xfe\x00", ["not UTF-8"]),
        ("prices", b"", ["is empty"]),
        ("prices", prices().replace("festival", "fest\0ival"), ["not UTF-8"]),
        ("prices", prices().replace("festival", "f" * 501), ["file.csv:3", "longer than 500"]),
        ("staff", "x", ["say what it holds"]),
    ],
)
async def test_a_bad_file_changes_nothing_and_every_problem_is_named(
    kind: str, text: str | bytes, told: list[str], desk: Desk
) -> None:
    """With its line, in the command line's words."""
    before = in_force(desk.house)
    page = await upload(desk, kind, text)
    assert page.status_code == 400
    shown = html.unescape(page.text)
    assert all(words in shown for words in told), told
    fields = {"kind": kind, "name": "file.csv", "text": str(text), "csrftoken": await desk.csrf()}
    assert (await desk.http.post("/console/import/confirm", data=fields, files={"none": b""})).status_code == 400
    assert in_force(desk.house) == before


async def test_of_very_many_problems_the_first_are_named(desk: Desk) -> None:
    """The page stays one that a browser shows, and that is made in no time: the shop's calls wait meanwhile."""
    page = await upload(desk, "terms", TERMS + "{" * 50_000)
    assert "The first 100 of 50000" in page.text
    assert len(page.text) < 100_000


@pytest.mark.parametrize("name", ["..", "कीमतें" * 40, "a\0b.csv", "a/../../b.csv", "<b>.csv"])
async def test_whatever_a_file_is_called_it_is_read(name: str, desk: Desk) -> None:
    """Its name is for people; it is no path, and no markup."""
    fields = {"kind": "prices", "name": name, "text": prices(), "csrftoken": await desk.csrf()}
    page = await upload(desk, "prices", prices(), name)
    assert page.status_code == 200
    assert "<b>" not in page.text
    assert (await desk.http.post("/console/import/confirm", data=fields, files={"none": b""})).status_code == 303


async def test_a_file_is_put_in_force_by_a_page_of_ours_only(desk: Desk) -> None:
    """Not without the form's token."""
    before = in_force(desk.house)
    fields = {"kind": "terms", "name": "x", "text": TERMS}
    assert (await desk.http.post("/console/import/confirm", data=fields)).status_code == 403
    assert in_force(desk.house) == before


async def test_a_file_that_is_too_large_is_refused(desk: Desk) -> None:
    """At the door, as every body is."""
    assert (await upload(desk, "terms", "x" * 70_000)).status_code == 413
