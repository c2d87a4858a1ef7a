"""The support tab alone, against a sandbox and a bot that is played by hand: what agents do to their group."""

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.sandbox.phones import TOKEN, Process
from tests.stack import hands

GROUP = -1_001_000_000_001


class Desk:
    """A sandbox with a support group, and the bot's calls to it."""

    def __init__(self, process: Process) -> None:
        self.root = process.root
        self.http = httpx.Client(base_url=process.root, trust_env=False)

    def call(self, method: str, **arguments: object) -> Any:  # noqa: ANN401 - any JSON
        """Call a Bot API method; return its result, or the refusal's words."""
        answer = self.http.post(f"/bot{TOKEN}/{method}", json=arguments).json()
        return answer["result"] if answer["ok"] else answer["description"]

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups there are."""
        groups: list[dict[str, Any]] = self.http.get("/sandbox/groups").json()["groups"]
        return groups

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Return the updates of one kind that wait for the bot."""
        return [update[kind] for update in self.call("getUpdates") if kind in update]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Start a sandbox with a support team of two."""
    team = [{"name": name, "start": f"s_{name}"} for name in ("Leela", "Tarun")]
    told = {"SANDBOX_SUPPORT_CHAT_ID": str(GROUP), "SANDBOX_SUPPORT_TEAM": json.dumps(team)}
    process = Process("--memory", environment=os.environ | told)
    desk = Desk(process)
    yield desk
    desk.http.close()
    assert process.stop() == 0


def test_an_agent_answers_in_a_topic_as_who_they_choose(page: Page, desk: Desk) -> None:
    """Words, an album, a reply and an edit arrive at the bot; its reaction, edit and buttons are seen."""
    thread = desk.call("createForumTopic", chat_id=GROUP, name="Asha")["message_thread_id"]
    keys = {"inline_keyboard": [[{"text": "Take", "callback_data": "take"}]]}
    card = desk.call("sendMessage", chat_id=GROUP, message_thread_id=thread, text="Card: waiting", reply_markup=keys)
    desk.call("pinChatMessage", chat_id=GROUP, message_id=card["message_id"])
    page.goto(f"{desk.root}/#support")
    expect(page.get_by_role("region", name="Topics")).to_contain_text("Card: waiting")
    page.get_by_role("region", name="Topics").get_by_role("button", name="Asha").click()
    expect(page.locator("#support-pinned")).to_contain_text("Card: waiting")

    page.get_by_label("Who writes").select_option("Tarun")
    hands.write(page, "Hello Asha")
    said = page.locator("#support-log article.out").last
    expect(said).to_contain_text("Hello Asha")
    (heard,) = [message for message in desk.heard("message") if message.get("text") == "Hello Asha"]
    assert (heard["from"]["first_name"], heard["message_thread_id"]) == ("Tarun", thread)
    reaction = [{"type": "emoji", "emoji": "👍"}]
    desk.call("setMessageReaction", chat_id=GROUP, message_id=heard["message_id"], reaction=reaction)
    expect(said.get_by_role("group", name="Reactions")).to_have_text("👍")

    page.locator("#support-log article.in", has_text="Card").hover()
    page.locator("#support-log article.in", has_text="Card").get_by_role("button", name="Reply").click()
    hands.write(page, "taking this")
    expect(page.locator("#support-log article.out").last.locator(".quote")).to_have_text("Card: waiting")
    page.locator("#support-log article.out").last.get_by_role("button", name="Edit").click()
    hands.write(page, "taking it")
    expect(page.locator("#support-log article.out").last).to_contain_text("edited")
    assert desk.heard("edited_message")[-1]["text"] == "taking it"

    page.locator("#support-file").set_input_files([hands.photo_of("front"), hands.photo_of("back")])
    expect(page.locator("#support-context-title")).to_have_text("2 photos as an album")
    page.locator("#support-send").click()
    expect(page.locator("#support-log article.out.joined")).to_have_count(1)
    album = [message for message in desk.heard("message") if "photo" in message]
    assert len({message["media_group_id"] for message in album}) == 1

    page.locator("#support-log").get_by_role("button", name="Take").click()
    page.wait_for_function("document.querySelector('#support-log .key').ariaBusy === 'true'")
    (query,) = desk.heard("callback_query")
    assert query["from"]["first_name"] == "Tarun"
    desk.call("answerCallbackQuery", callback_query_id=query["id"], text="Yours now")
    expect(page.locator("#toasts")).to_contain_text("Yours now")


def test_a_topic_is_closed_reopened_and_deleted_under_the_menu(page: Page, desk: Desk) -> None:
    """The bot hears of the first two, and of the deletion nothing; the page goes back to the list."""
    thread = desk.call("createForumTopic", chat_id=GROUP, name="Asha")["message_thread_id"]
    page.goto(f"{desk.root}/#support/{thread}")
    topics = page.get_by_role("region", name="Topics")
    menu = page.get_by_label("What else can be done with the topic")
    menu.click()
    page.get_by_role("button", name="Close the topic").click()
    expect(topics).to_contain_text("closed")
    assert desk.call("sendMessage", chat_id=GROUP, message_thread_id=thread, text="x") == "Bad Request: TOPIC_CLOSED"
    menu.click()
    page.get_by_role("button", name="Reopen the topic").click()
    expect(page.locator("#support-status")).to_have_text("topic")
    assert [name for message in desk.heard("message") for name in message if name.startswith("forum_topic_")] == [
        "forum_topic_created",
        "forum_topic_closed",
        "forum_topic_reopened",
    ]
    menu.click()
    page.get_by_role("button", name="Delete the topic").click()
    expect(page.locator("#support-chat")).to_be_hidden()
    expect(topics).to_contain_text("No customer has asked for a person yet.")


def test_the_group_is_upgraded_and_the_bot_loses_its_rights_under_the_menu(page: Page, desk: Desk) -> None:
    """The page goes on with the group it became; who leaves the team is gone from it."""
    desk.call("createForumTopic", chat_id=GROUP, name="Asha")
    page.goto(f"{desk.root}/#support")
    menu = page.get_by_label("What else can be done with the group")
    menu.click()
    page.get_by_role("button", name="Upgrade the group").click()
    expect(page.get_by_text("No customer has asked for a person yet.")).to_be_visible()
    successor = next(group for group in desk.groups() if group["migrated_to"] is None)
    assert "upgraded" in desk.call("sendMessage", chat_id=GROUP, text="x")
    menu.click()
    page.get_by_role("button", name=re.compile("^Take the bot")).click()
    expect(page.get_by_text("bot, member")).to_be_visible()
    assert "not enough rights" in desk.call("createForumTopic", chat_id=successor["id"], name="Asha")
    menu.click()
    page.get_by_role("button", name="Make the bot an admin again").click()
    expect(page.get_by_text("bot, admin")).to_be_visible()
    team = page.get_by_role("region", name="Team")
    team.get_by_text("Tarun").hover()
    team.get_by_role("button", name="Let Tarun leave").click()
    expect(team).not_to_contain_text("Tarun")
    page.goto(f"{desk.root}/#customers")
    expect(page.get_by_role("region", name="Customers")).not_to_contain_text("Leela")
