"""A person takes a customer over and hands them back: everything in a browser, with the real engine between them."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.stack import hands
from tests.stackrunner import Stack


def open_topic(page: Page, name: str, agent: str) -> Locator:
    """Go to a customer's topic as an agent; return its log."""
    hands.go(page, "Support")
    page.get_by_role("region", name="Topics").get_by_role("button", name=re.compile(f"{name} #")).click()
    page.get_by_label("Who writes").select_option(agent)
    return page.locator("#support-log")


def tap_card(page: Page, title: str, then: str | re.Pattern[str]) -> None:
    """Tap a button of the card, and see what the card says then."""
    card = page.locator("#support-log article.keyed").filter(has_text="speaks").last
    card.get_by_role("button", name=title, exact=True).click()
    expect(card).to_contain_text(then)


def back_to(page: Page, name: str) -> None:
    """Go to a customer's chat."""
    hands.go(page, "Customer")
    page.get_by_role("region", name="Customers").get_by_role("button", name=re.compile(name)).click()


def test_a_person_takes_over_and_hands_back(page: Page, stack: Stack, tmp_path: Path) -> None:
    """From the call in the middle of an evaluation to the rating; then the assistant asks on where it stood."""
    pictures = hands.pictures(tmp_path)
    page.goto(stack.rehearsal.sandbox_url)
    hands.new_customer(page, "Ishani")
    hands.tap(page, "What's my phone worth?")
    hands.tap(page, "Xiaomi")
    hands.offering(page, re.compile("Redmi"))
    hands.write(page, "can I talk to a human please")
    hands.heard(page, re.compile(r"number \d+ in line"))
    hands.write(page, "The back glass has a hairline. Is that a crack?")

    log = open_topic(page, "Ishani", "Leela")
    expect(log).to_contain_text("Waiting for a person")
    expect(log).to_contain_text("wants a person")
    expect(log).to_contain_text("Is that a crack?")
    tap_card(page, "Take", "With Leela")
    hands.write(page, "Hello Ishani! Could you send us a picture of it?")
    expect(log.locator("article.out").last.get_by_role("group", name="Reactions")).to_have_text("👍")
    hands.write(page, "// looks like glass to me")

    back_to(page, "Ishani")
    hands.heard(page, "talking to Leela")
    hands.heard(page, "Could you send us a picture of it?")
    expect(page.locator("#log")).not_to_contain_text("looks like glass")
    page.locator("#file").set_input_files(
        [hands.photo_of("front", ground="lightsteelblue"), hands.photo_of("back", ground="tan")]
    )
    hands.write(page, "here it is")

    log = open_topic(page, "Ishani", "Leela")
    expect(log.locator("article.album")).to_have_count(2)
    hands.write(page, "Thank you. That is a scratch, not a crack: your price stands.")
    expect(log.locator("article.out").last.get_by_role("group", name="Reactions")).to_have_text("👍")
    page.screenshot(path=pictures / "support.png")
    tap_card(page, "Hand back", "With the assistant")

    back_to(page, "Ishani")
    hands.heard(page, "your price stands")
    hands.heard(page, "The assistant is back")
    hands.tap(page, re.compile("^5$"))  # not a phone with a 5 in its name: the question may be asked again by now
    hands.heard(page, "Thank you! Would you like to add a word?")
    expect(page.locator("#log article.in").filter(has_text="Which Xiaomi is it?")).to_have_count(2)  # asked again
    expect(hands.offering(page, re.compile("Redmi"))).to_be_visible()


def test_who_is_no_staff_can_do_nothing_and_a_deleted_topic_is_made_anew(page: Page, stack: Stack) -> None:
    """Being in the group allows nothing; what the customer writes next opens another topic with the card in it."""
    page.goto(stack.rehearsal.sandbox_url)
    hands.new_customer(page, "Jayanti")
    hands.offering(page, "What's my phone worth?")
    hands.write(page, "I want to talk to a person")
    hands.heard(page, "in line")
    hands.go(page, "Support")
    page.get_by_label("What else can be done with the group").click()
    page.get_by_role("button", name="Let somebody join").click()
    log = open_topic(page, "Jayanti", "Stranger")
    hands.write(page, "I know better")
    expect(log).to_contain_text("Only agents of this programme")
    back_to(page, "Jayanti")
    expect(page.locator("#log")).not_to_contain_text("I know better")

    open_topic(page, "Jayanti", "Leela")
    page.get_by_label("What else can be done with the topic").click()
    page.get_by_role("button", name="Delete the topic").click()
    back_to(page, "Jayanti")
    hands.write(page, "anybody there?")
    log = open_topic(page, "Jayanti", "Leela")
    expect(log).to_contain_text("anybody there?")
    # Cards are patient: by now the minute's messages into the group may be used up.
    expect(log.locator("article.keyed").filter(has_text="speaks")).to_have_count(1, timeout=90_000)
    hands.go(page, "Support")
    page.get_by_role("region", name="Topics").get_by_role("button", name=re.compile("General")).click()
    expect(page.locator("#support-log")).not_to_contain_text("anybody there?")
