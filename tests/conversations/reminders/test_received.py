"""A reminder arrives, and each of its buttons leads somewhere."""

import re

from tests.conversations.record import record
from tests.conversations.reminders.holder import Holder
from tests.stackrunner import Stack
from tradein.customers import Wish

BUTTONS = ["Phones to buy", "My coupons", "Fewer reminders"]


def test_a_reminder_says_what_and_until_when(holder: Holder) -> None:
    """The value, the last moment, the days left."""
    [(_, value, _)] = record(holder).coupons
    holder.comes_due("week")
    shown = holder.reads("is waiting for a new phone")
    assert f"₹{value // 100:,}" in shown.text
    assert "23:59" in shown.text
    assert "Days left: 15" in shown.text
    assert shown.titles == BUTTONS
    assert holder.became("week") == ("sent", None)


def test_the_phones_to_buy_show_what_is_left_to_pay(holder: Holder) -> None:
    """All of them, in pages; one that is tapped with its sum; and back."""
    holder.comes_due("three_days")
    reminder = holder.reads("runs out soon")
    holder.tap("Phones to buy", on=reminder)
    assert "what's left to pay" in holder.heard
    phones = [title for title in holder.keyboard.titles if "₹" in title]
    assert len(phones) == 8
    assert any(re.search(r"1/\d", title) for title in holder.keyboard.titles)

    holder.tap("Redmi 13C (4 GB, 128 GB)")

    [(_, value, _)] = record(holder).coupons
    assert "₹8,999" in holder.heard
    assert f"Left to pay: ₹{(899_900 - value) // 100:,}" in holder.heard
    holder.tap("Phones to buy")
    assert "what's left to pay" in holder.heard


def test_my_coupons_shows_the_coupon(holder: Holder) -> None:
    """With the button for its code."""
    holder.comes_due("tomorrow")
    holder.tap("My coupons", on=holder.reads("Almost over"))
    assert "Coupon ending in" in holder.heard
    assert any(title.startswith("Show code") for title in holder.keyboard.titles)


def test_fewer_reminders_leaves_the_last_days(holder: Holder) -> None:
    """By two taps; the next one is dropped, with its reason, and the last day's comes."""
    holder.comes_due("week")
    holder.tap("Fewer reminders", on=holder.reads("is waiting for a new phone"))
    holder.tap("Only on the last day")
    assert holder.wants() is Wish.LAST_DAY
    holder.comes_due("three_days")
    assert holder.became("three_days") == ("dropped", "opted_out")
    holder.comes_due("last_day")
    assert "last day of your coupon" in holder.reads("last day of your coupon").text
    assert holder.became("last_day") == ("sent", None)


def test_after_stop_reminders_none_comes(holder: Holder) -> None:
    """Not even the last day's."""
    holder.say("stop reminders")
    holder.comes_due("last_day")
    assert holder.became("last_day") == ("dropped", "opted_out")
    assert "last day of your coupon" not in "".join(message.text for message in holder.screen)


def test_a_stop_in_answer_to_a_reminder_finds_the_way_to_fewer(holder: Holder) -> None:
    """It may mean the reminders: that is one of the buttons."""
    holder.comes_due("week")
    holder.reads("is waiting for a new phone")
    holder.say("stop")
    holder.tap("Fewer reminders", on=holder.said[-1])
    holder.tap("None at all")
    assert holder.wants() is Wish.NONE


def test_a_reminder_in_the_middle_of_questions_leaves_their_buttons_in_use(holder: Holder) -> None:
    """It comes unasked: the question above it can still be answered by tapping."""
    holder.say("start over with moto g5")
    question = holder.keyboard
    holder.comes_due("week")
    holder.reads("is waiting for a new phone")
    holder.tap("3 GB / 16 GB", on=question)
    assert "Does it turn on" in holder.heard


def test_who_has_no_coupon_sees_the_prices(stack: Stack) -> None:
    """And how it gets cheaper."""
    somebody = Holder(stack)
    somebody.say("show me new phones")
    assert "These are our new phones" in somebody.heard
    somebody.tap("Redmi 13C (4 GB, 128 GB): ₹8,999")
    assert "With a coupon for your old phone" in somebody.heard


def test_new_phones_amid_the_questions_about_the_old_one(stack: Stack) -> None:
    """A few are named, and the question comes back."""
    somebody = Holder(stack)
    somebody.say("redmi note 4 4gb 64gb")
    somebody.say("show me new phones")
    assert "A few of our new phones" in somebody.said[0].text
    assert "Does it turn on" in somebody.said[-1].text
