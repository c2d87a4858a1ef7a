"""Everything an operator can set, read once from the environment or a ``.env`` file.

A bad value stops the start with one line that says which variable it was and why: see :func:`load`.
"""

from datetime import time
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from tradein import office_hours
from tradein.policy import CURRENCY, Policy

SANDBOX_TOKEN = "1:sandbox"  # noqa: S105 - opens only the local sandbox


def _named(variable: str) -> AliasChoices:
    return AliasChoices(variable, variable.lower())


def _checked_address(value: str) -> str:
    """Return a web address; raises ValueError for anything else."""
    try:
        parts = urlsplit(value)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65535
        right = False
    if not right:
        raise ValueError("is no web address: it looks like http://127.0.0.1:5005")
    return value


class BadSettings(Exception):
    """The environment holds a value that cannot be used; ``problems`` are sentences for the operator."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class Settings(BaseSettings):
    """The settings of all processes; each reads the part that concerns it."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    # Telegram
    telegram_bot_token: SecretStr | None = Field(None, validation_alias=_named("TELEGRAM_BOT_TOKEN"))
    telegram_api_url: str = Field("https://api.telegram.org", validation_alias=_named("TELEGRAM_API_URL"))
    telegram_webhook_url: str | None = Field(None, validation_alias=_named("TELEGRAM_WEBHOOK_URL"))
    telegram_webhook_secret: SecretStr | None = Field(None, validation_alias=_named("TELEGRAM_WEBHOOK_SECRET"))
    telegram_webhook_port: int = Field(8443, ge=1, le=65535, validation_alias=_named("TELEGRAM_WEBHOOK_PORT"))

    # Where things are
    database_url: str = Field("", validation_alias=_named("TRADEIN_DATABASE_URL"))
    rasa_database_url: SecretStr | None = Field(None, validation_alias=_named("TRADEIN_RASA_DATABASE_URL"))
    var_dir: Path = Field(Path("var"), validation_alias=_named("TRADEIN_VAR_DIR"))
    catalogue_dir: Path = Field(Path("catalogue"), validation_alias=_named("TRADEIN_CATALOGUE_DIR"))
    support_chat_id: int | None = Field(None, validation_alias=_named("TRADEIN_SUPPORT_CHAT_ID"))
    support_per_minute: int = Field(20, ge=1, validation_alias=_named("TRADEIN_SUPPORT_PER_MINUTE"))

    support_hours: str = Field("always", validation_alias=_named("TRADEIN_SUPPORT_HOURS"))
    support_reopen_hours: int = Field(12, ge=0, le=24 * 30, validation_alias=_named("TRADEIN_SUPPORT_REOPEN_HOURS"))
    support_customer_idle_hours: int = Field(
        24, ge=1, le=24 * 30, validation_alias=_named("TRADEIN_SUPPORT_CUSTOMER_IDLE_HOURS")
    )
    support_agent_idle_minutes: int = Field(
        120, ge=5, le=60 * 24 * 7, validation_alias=_named("TRADEIN_SUPPORT_AGENT_IDLE_MINUTES")
    )
    support_remind_minutes: int = Field(10, ge=1, le=24 * 60, validation_alias=_named("TRADEIN_SUPPORT_REMIND_MINUTES"))
    support_escalate_minutes: int = Field(
        30, ge=1, le=24 * 60, validation_alias=_named("TRADEIN_SUPPORT_ESCALATE_MINUTES")
    )

    # What one customer may write
    customer_burst: int = Field(20, ge=1, validation_alias=_named("TRADEIN_CUSTOMER_BURST"))
    customer_per_minute: int = Field(60, ge=1, validation_alias=_named("TRADEIN_CUSTOMER_PER_MINUTE"))

    # The processes and how they find each other
    rasa_url: Annotated[tuple[str, ...], NoDecode] = Field(
        ("http://127.0.0.1:5005",), validation_alias=_named("TRADEIN_RASA_URL")
    )
    actions_url: str = Field("http://127.0.0.1:5055", validation_alias=_named("TRADEIN_ACTIONS_URL"))
    actions_secret: SecretStr | None = Field(None, validation_alias=_named("TRADEIN_ACTIONS_SECRET"))
    bot_health_port: int = Field(8082, ge=1, le=65535, validation_alias=_named("TRADEIN_BOT_HEALTH_PORT"))
    web_host: str = Field("127.0.0.1", validation_alias=_named("TRADEIN_WEB_HOST"))
    web_port: int = Field(8000, ge=1, le=65535, validation_alias=_named("TRADEIN_WEB_PORT"))
    sandbox_port: int = Field(8081, ge=1, le=65535, validation_alias=_named("TRADEIN_SANDBOX_PORT"))

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias=_named("TRADEIN_LOG_LEVEL")
    )

    # The shop and its payments
    api_rate_per_minute: int = Field(120, ge=1, validation_alias=_named("TRADEIN_API_RATE_PER_MINUTE"))
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias=_named("TRADEIN_TRUSTED_PROXIES")
    )
    shop_webhook_url: str | None = Field(None, validation_alias=_named("TRADEIN_SHOP_WEBHOOK_URL"))
    shop_webhook_secret: SecretStr | None = Field(None, validation_alias=_named("TRADEIN_SHOP_WEBHOOK_SECRET"))
    razorpay_key_id: str | None = Field(None, validation_alias=_named("RAZORPAY_KEY_ID"))
    razorpay_key_secret: SecretStr | None = Field(None, validation_alias=_named("RAZORPAY_KEY_SECRET"))
    razorpay_api_url: str = Field("https://api.razorpay.com", validation_alias=_named("RAZORPAY_API_URL"))
    bot_username: str | None = Field(None, validation_alias=_named("TRADEIN_BOT_USERNAME"))

    # The programme
    timezone: str = Field("Asia/Kolkata", validation_alias=_named("TRADEIN_TIMEZONE"))
    coupon_days: int = Field(15, ge=1, le=365, validation_alias=_named("TRADEIN_COUPON_DAYS"))
    coupon_start_delay_minutes: int = Field(
        0, ge=0, le=60 * 24 * 30, validation_alias=_named("TRADEIN_COUPON_START_DELAY_MINUTES")
    )
    extension_days: int = Field(7, ge=1, le=90, validation_alias=_named("TRADEIN_EXTENSION_DAYS"))
    quote_days: int = Field(7, ge=0, le=90, validation_alias=_named("TRADEIN_QUOTE_DAYS"))
    condition_mode: Literal["strict", "wear", "graded"] = Field(
        "wear", validation_alias=_named("TRADEIN_CONDITION_MODE")
    )
    reservation_minutes: int = Field(30, ge=1, le=24 * 60, validation_alias=_named("TRADEIN_RESERVATION_MINUTES"))
    delivery_days: int = Field(2, ge=0, le=60, validation_alias=_named("TRADEIN_DELIVERY_DAYS"))
    max_delivery_days: int = Field(60, ge=0, le=365, validation_alias=_named("TRADEIN_MAX_DELIVERY_DAYS"))
    remind_of_quotes: bool = Field(default=False, validation_alias=_named("TRADEIN_REMIND_OF_QUOTES"))
    quiet_from: time = Field(time(21), validation_alias=_named("TRADEIN_QUIET_FROM"))
    quiet_until: time = Field(time(9), validation_alias=_named("TRADEIN_QUIET_UNTIL"))
    reminders_per_second: float = Field(20, gt=0, le=25, validation_alias=_named("TRADEIN_REMINDERS_PER_SECOND"))
    offers_at_door: bool = Field(default=False, validation_alias=_named("TRADEIN_OFFERS_AT_DOOR"))

    @field_validator("rasa_url", "trusted_proxies", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _level_in_any_case(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_of_telegrams_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        bot_id, colon, rest = value.get_secret_value().partition(":")
        if not (bot_id.isdigit() and colon and rest):
            raise ValueError("is not a bot token: it looks like 123456:ABC…, as @BotFather gives it")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_we_know(cls, value: str) -> str:
        try:
            backend = make_url(value).get_backend_name() if value else "sqlite"
        except ArgumentError:
            backend = ""
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("is no address of a database: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("telegram_api_url", "telegram_webhook_url", "actions_url", "shop_webhook_url", "razorpay_api_url")
    @classmethod
    def _web_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value and info.field_name in {"telegram_webhook_url", "shop_webhook_url"}:
            return None  # set to nothing is not set
        return _checked_address(value or "")

    @field_validator("rasa_url")
    @classmethod
    def _web_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("names no engine: give at least one address, such as http://127.0.0.1:5005")
        return tuple(_checked_address(address) for address in value)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ip_network(each)) for each in value)
        except ValueError as error:
            raise ValueError("names addresses or networks, separated by commas: 127.0.0.1, 10.0.0.0/8") from error

    @field_validator("support_hours")
    @classmethod
    def _hours_we_can_read(cls, value: str) -> str:
        office_hours.read(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a time zone of the IANA list, such as Asia/Kolkata") from error
        return value

    @model_validator(mode="after")
    def _coupon_lives_longer_than_its_delay(self) -> Self:
        if self.coupon_start_delay_minutes >= self.coupon_days * 24 * 60:
            raise ValueError(
                "TRADEIN_COUPON_START_DELAY_MINUTES must end before the coupon does (TRADEIN_COUPON_DAYS days)"
            )
        if self.delivery_days > self.max_delivery_days:
            raise ValueError("TRADEIN_DELIVERY_DAYS must not be more than TRADEIN_MAX_DELIVERY_DAYS")
        if self.shop_webhook_url and self.shop_webhook_secret is None:
            raise ValueError(
                "TRADEIN_SHOP_WEBHOOK_SECRET is needed with TRADEIN_SHOP_WEBHOOK_URL: it looks like whsec_…"
            )
        if bool(self.razorpay_key_id) != bool(self.razorpay_key_secret):
            raise ValueError("RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET go together: give both or none")
        if not self.database_url:
            self.database_url = f"sqlite:///{self.var_dir / 'tradein.db'}"
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The programme's time zone: for dates shown, quiet hours and the end of a day."""
        return ZoneInfo(self.timezone)

    @property
    def currency(self) -> str:
        """The currency of every amount (ISO 4217): that of the content files, so no setting."""
        return CURRENCY

    @property
    def policy(self) -> Policy:
        """The part of the settings that is a rule of the programme."""
        return Policy(
            coupon_days=self.coupon_days,
            coupon_start_delay_minutes=self.coupon_start_delay_minutes,
            quote_days=self.quote_days,
            extension_days=self.extension_days,
            condition_mode=self.condition_mode,
            reservation_minutes=self.reservation_minutes,
            delivery_days=self.delivery_days,
            max_delivery_days=self.max_delivery_days,
            offers_at_door=self.offers_at_door,
            remind_of_quotes=self.remind_of_quotes,
            quiet_from=self.quiet_from,
            quiet_until=self.quiet_until,
            support_chat_id=self.support_chat_id,
            support_hours=office_hours.read(self.support_hours),
            support_reopen_hours=self.support_reopen_hours,
            support_customer_idle_hours=self.support_customer_idle_hours,
            support_agent_idle_minutes=self.support_agent_idle_minutes,
            support_remind_minutes=self.support_remind_minutes,
            support_escalate_minutes=self.support_escalate_minutes,
            timezone=self.timezone,
        )


@cache
def load() -> Settings:
    """Read the settings once.

    Raises :class:`BadSettings` with one sentence per bad value; a secret's value is never part of it.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = []
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            name = str(problem["loc"][0]).upper() if problem["loc"] else ""
            problems.append(f"{name} {problem['msg'].removeprefix('Value error, ')}".strip())
        raise BadSettings(problems) from None
