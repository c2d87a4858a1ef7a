"""The few settings of the sandbox, read from the environment or `.env` under the names the whole product uses."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SandboxSettings(BaseSettings):
    """Where the sandbox listens and keeps its world; a command line option overrides each."""

    model_config = SettingsConfigDict(env_prefix="TRADEIN_", env_file=".env", extra="ignore")

    sandbox_host: str = "127.0.0.1"
    sandbox_port: int = Field(default=8081, ge=1, le=65535)
    var_dir: Path = Path("var")
