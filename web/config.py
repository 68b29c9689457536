"""Settings: from the environment only, each with a default that is safe in production."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, read from ``KAKEHASHI_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="KAKEHASHI_", extra="forbid", frozen=True)

    database_url: str = Field("", description="SQLAlchemy address; empty: kakehashi.db in the instance folder")
    instance_folder: Path = Field(Path("instance"), description="where the embedded database lives")
    encoder_folder: Path | None = Field(None, description="folder of an ONNX sentence encoder to use instead")
    host: str = Field("127.0.0.1", description="address that `kakehashi serve` listens on")
    port: int = Field(8000, ge=0, le=65535, description="port that `kakehashi serve` listens on; 0 takes a free one")
    threads: int = Field(8, ge=1, le=64, description="requests served at the same time")

    def database(self) -> str:
        """The address of the database, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.instance_folder / 'kakehashi.db').resolve()}"
