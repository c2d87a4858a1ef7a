"""What the demo shop and the courier's pane are told by who starts the sandbox; none of it is needed to chat."""

from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ShopSettings(BaseSettings):
    """The checkout API the shop calls, with its key, the secret its webhooks are signed with, a courier's invitation.

    Without an address and a key there is no shop; without a secret no webhook is believed; without `courier_start`
    (the `start` parameter of the deep link) the courier's chat begins empty.
    """

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", extra="ignore")

    shop_api_url: str = ""
    shop_api_key: SecretStr = SecretStr("")
    shop_webhook_secret: SecretStr = SecretStr("")
    courier_start: str = ""
    timezone: ZoneInfo = Field(default=ZoneInfo("Asia/Kolkata"), validation_alias="TRADEIN_TIMEZONE")
    """Where the programme's days begin; a delivery "today" is meant there."""
