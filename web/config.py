"""Settings: from the environment only, each with a default that is safe in production."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from flask import current_app
from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

_LEAST_SECRET: Final = 32
# As many different characters as a random secret of that length has at the very least.
_LEAST_DIFFERENT: Final = 10


class UnsafeSettings(RuntimeError):
    """The application must not be served on these settings; the message says which one to set, and how."""


class Settings(BaseSettings):
    """Every setting, read from ``KAKEHASHI_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="KAKEHASHI_", extra="forbid", frozen=True, hide_input_in_errors=True)

    secret_key: SecretStr = Field(
        SecretStr(""), description="signs sessions and mailed links: 32 random characters or more; no server without it"
    )
    database_url: str = Field(
        "", pattern=r"^$|^sqlite:///|^postgres(ql)?(\+psycopg)?://", repr=False,
        description="`postgresql://user:password@host/database`, or `sqlite:///path`; "
        "empty: `kakehashi.db` in the instance folder",
    )  # fmt: skip
    instance_folder: Path = Field(Path("instance"), description="where the embedded database lives")
    encoder_folder: Path | None = Field(
        None,
        description="a folder with an ONNX sentence encoder (`model.onnx`, `tokenizer.json`) to use instead; "
        "needs the extra `onnx`",
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    threads: int = Field(8, ge=1, le=64, description="requests served at the same time")
    public_url: str = Field(
        "", pattern=r"^(https?://[^/?#\s]+/?)?$", description="address that people use, for links in mails; "
        "must start with `https://` where `HOST` is not a loopback address; empty: `http://HOST:PORT`",
    )  # fmt: skip
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="reverse proxies in front whose `X-Forwarded-For`, `-Proto` and `-Host` are believed"
    )
    smtp_host: str = Field("", description="mail server; empty: mails wait in the queue")
    smtp_port: int = Field(587, ge=1, le=65535, description="port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection to the mail server is encrypted: `starttls`, `tls` or `none`"
    )
    smtp_user: str = Field("", description="name at the mail server; empty: none is given")
    smtp_password: SecretStr = Field(SecretStr(""), description="password at the mail server")
    mail_from: str = Field("kakehashi@localhost", description="sender of the mails")
    oidc_issuer: str = Field(
        "", description="address of an OpenID Connect issuer to sign in with; empty: passwords only"
    )
    oidc_client_id: str = Field("", description="the client id that the issuer gave")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="the client secret that the issuer gave")
    log_format: Literal["text", "json"] = Field(
        "text", description="how the server logs on standard error: `text` for people, `json` for programs"
    )
    secrets_folder: Path | None = Field(
        None,
        description="a folder with settings in files, such as `kakehashi_secret_key`; the environment wins",
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values that are given, then the environment, then the files of the folder that the environment names."""
        folder = os.environ.get("KAKEHASHI_SECRETS_FOLDER")
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder else ()
        return (*sources, named["init_settings"], named["env_settings"], *files)

    def database(self) -> str:
        """The address of the database, with the default filled in; PostgreSQL is spoken to by psycopg."""
        url = self.database_url or f"sqlite:///{(self.instance_folder / 'kakehashi.db').resolve()}"
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)

    def base_url(self) -> str:
        """The address that people use, without a slash at the end. Never taken from a request, which may lie."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over TLS; plain HTTP is for one's own machine."""
        return self.base_url().startswith("https://")

    @property
    def has_oidc(self) -> bool:
        return bool(self.oidc_issuer and self.oidc_client_id)

    def check(self) -> None:
        """Raises :class:`UnsafeSettings` where serving would not be safe."""
        known = {f"KAKEHASHI_{name.upper()}" for name in type(self).model_fields}
        unknown = sorted(n for n in os.environ if n.upper().startswith("KAKEHASHI_") and n.upper() not in known)
        if unknown:
            raise UnsafeSettings(f"there is no setting {', '.join(unknown)}; docs/deploy.md lists all")
        secret = self.secret_key.get_secret_value()
        if len(secret) < _LEAST_SECRET or len(set(secret)) < _LEAST_DIFFERENT:
            raise UnsafeSettings(
                f"KAKEHASHI_SECRET_KEY is {'too weak' if secret else 'not set'}; it must have {_LEAST_SECRET} random "
                "characters or more, such as this prints: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        issuer = urlsplit(self.oidc_issuer)
        if self.oidc_issuer and issuer.scheme != "https" and not _is_loopback(issuer.hostname):
            raise UnsafeSettings(
                "KAKEHASHI_OIDC_ISSUER must be an https:// address: whoever can change what it says on the way could "
                "sign in as anybody"
            )
        if not (self.is_https or (_is_loopback(urlsplit(self.base_url()).hostname) and _is_loopback(self.host))):
            raise UnsafeSettings(
                "KAKEHASHI_PUBLIC_URL must be the https:// address that people use, since the server listens on "
                f"{self.host} at {self.base_url()}: passwords and sessions must not travel in the clear"
            )


def current_settings() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions["kakehashi.settings"]
    return settings


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
