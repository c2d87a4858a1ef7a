"""Settings: sensible without any, and a bad value is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tradein.settings import BadSettings, load


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("TELEGRAM_BOT_TOKEN", "TRADEIN_DATABASE_URL", "TRADEIN_VAR_DIR", "TRADEIN_TIMEZONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    load.cache_clear()
    yield
    load.cache_clear()


def test_nothing_needs_to_be_set() -> None:
    """A laptop with no account gets the mission's rules and a file under var/."""
    settings = load()
    assert settings.database_url == "sqlite:///var/tradein.db"
    assert (settings.coupon_days, settings.timezone, settings.telegram_bot_token) == (15, "Asia/Kolkata", None)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TRADEIN_TIMEZONE", "Asia/Bombay2", "TRADEIN_TIMEZONE is not a time zone"),
        ("TRADEIN_COUPON_DAYS", "0", "TRADEIN_COUPON_DAYS Input should be greater than or equal to 1"),
        ("TRADEIN_SANDBOX_PORT", "eighty", "TRADEIN_SANDBOX_PORT Input should be a valid integer"),
        ("TELEGRAM_BOT_TOKEN", "hunter2-secret", "TELEGRAM_BOT_TOKEN is not a bot token"),
        ("TRADEIN_LOG_LEVEL", "loud", "TRADEIN_LOG_LEVEL Input should be 'debug', 'info', 'warning' or 'error'"),
        ("TRADEIN_DATABASE_URL", "nonsense", "TRADEIN_DATABASE_URL is no address of a database"),
        ("TRADEIN_DATABASE_URL", "mysql://x/y", "TRADEIN_DATABASE_URL is no address of a database"),
        ("TELEGRAM_API_URL", "nope", "TELEGRAM_API_URL is no web address"),
        ("TRADEIN_ACTIONS_URL", "http://example.com:99999", "TRADEIN_ACTIONS_URL is no web address"),
        ("TRADEIN_RASA_URL", "ftp://x", "TRADEIN_RASA_URL is no web address"),
        ("TRADEIN_RASA_URL", " , ", "TRADEIN_RASA_URL names no engine"),
        ("TRADEIN_TRUSTED_PROXIES", "127.0.0.1, *", "TRADEIN_TRUSTED_PROXIES names addresses or networks"),
        ("TRADEIN_CONDITION_MODE", "kind", "TRADEIN_CONDITION_MODE Input should be 'strict', 'wear' or 'graded'"),
    ],
)
def test_a_bad_value_is_named_and_never_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """One sentence per variable; a secret does not get into a log that way."""
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as bad:
        load()
    assert [problem for problem in bad.value.problems if says in problem]
    assert "hunter2" not in str(bad.value)


def test_several_engines_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A customer always meets the same one: the gateway sees to that."""
    monkeypatch.setenv("TRADEIN_RASA_URL", "http://127.0.0.1:5005, http://127.0.0.1:5006")
    assert load().rasa_url == ("http://127.0.0.1:5005", "http://127.0.0.1:5006")
