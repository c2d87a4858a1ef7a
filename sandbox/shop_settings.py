"""What the demo shop, the courier and the support team are told by who starts the sandbox; chatting needs none."""

from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sandbox.support import Teammate


class ShopSettings(BaseSettings):
    """The checkout API the shop calls, with its key, the secret its webhooks are signed with, the staff's invitations.

    Without an address and a key there is no shop; without a secret no webhook is believed; without `courier_start`
    (the `start` parameter of the deep link) the courier's chat begins empty; without `support_chat_id` there is no
    support group. `console_links` open the operator's console, each once; without any there is none.
    """

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", extra="ignore")

    shop_api_url: str = ""
    shop_api_key: SecretStr = SecretStr("")
    shop_webhook_secret: SecretStr = SecretStr("")
    courier_start: str = ""
    support_chat_id: int | None = None
    support_team: list[Teammate] = []
    console_links: list[str] = []
    timezone: ZoneInfo = Field(default=ZoneInfo("Asia/Kolkata"), validation_alias="TRADEIN_TIMEZONE")
    """Where the programme's days begin; a delivery "today" is meant there."""
