"""How the bot gets its updates and files: getUpdates, the webhook, getMe, getFile."""

from typing import Any, Final

from telegram import User, WebhookInfo

from sandbox.errors import Json, bad_request
from sandbox.methods.call import Call, Method
from sandbox.webhook import Target

LONGEST_POLL: Final = 50
_BATCH: Final = 100


def get_me(call: Call) -> Json:
    """Return the bot, with what only it gets to know of itself."""
    return User(
        call.bot.id,
        call.bot.first_name,
        is_bot=True,
        username=call.bot.username,
        can_join_groups=True,
        can_read_all_group_messages=False,  # privacy mode is on, as BotFather leaves it: see sandbox.forum.hear
        supports_inline_queries=False,
        can_connect_to_business=False,
        has_main_web_app=False,
    ).to_dict()


async def get_updates(call: Call) -> list[Json]:
    """Return updates from `offset` on; what is below it is confirmed and gone."""
    limit = min(max(call.given.integer("limit", _BATCH), 1), _BATCH)
    _remember_allowed(call)
    return await call.world.updates.poll(
        offset=call.given.integer("offset"),
        limit=limit,
        seconds=min(max(call.given.integer("timeout"), 0), LONGEST_POLL),
    )


def _remember_allowed(call: Call) -> None:
    """Kinds of updates to queue from now on; the setting stays until another is given."""
    allowed = call.given.structure("allowed_updates", "allowed_updates")
    if isinstance(allowed, list):
        call.world.allow(kind for kind in allowed if isinstance(kind, str))


def set_webhook(call: Call) -> bool:
    """Push updates to `url`; unlike the real one, plain HTTP will do: this never leaves the machine."""
    url = call.given.text("url")
    if not url:
        return delete_webhook(call)
    _remember_allowed(call)
    if call.given.flag("drop_pending_updates"):
        call.world.updates.clear()
    target = Target(
        url=url,
        secret=call.given.text("secret_token"),
        max_connections=min(max(call.given.integer("max_connections", 40), 1), 100),
    )
    call.webhook.set(target)
    return True


def delete_webhook(call: Call) -> bool:
    """Back to long polling; what was not delivered waits there."""
    if call.given.flag("drop_pending_updates"):
        call.world.updates.clear()
    call.webhook.unset()
    return True


def get_webhook_info(call: Call) -> Json:
    """Where updates go, how many wait, and what went wrong last."""
    target, failure = call.webhook.target, call.webhook.failure
    info: dict[str, Any] = WebhookInfo(
        url=target.url if target else "",
        has_custom_certificate=False,
        pending_update_count=call.world.updates.count,
        max_connections=target.max_connections if target else None,
        allowed_updates=call.world.updates.allowed or None,
        ip_address="127.0.0.1" if target else None,
    ).to_dict()
    if target and failure:
        info |= {"last_error_date": int(failure.at), "last_error_message": failure.reason}
    return info


def get_file(call: Call) -> Json:
    """Where a file can be downloaded from."""
    file_id = call.given.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    return call.world.files.described(file_id)


METHODS: Final[dict[str, Method]] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "getFile": get_file,
}
