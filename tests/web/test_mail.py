"""Mail on its way, and the settings and commands for people and mail."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from tests.inbox import serving, taken_port
from web import auth, cli, create_app, mail
from web.config import Settings, UnsafeSettings
from web.extensions import db
from web.store import letters

PASSWORD = "seven bridges over the river"  # noqa: S105 - of people who exist in tests only
OTHER = "another long enough phrase"
SECRET = SecretStr("for-tests-only-0123456789-abcdefghijklmnop")
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


# --- mail -------------------------------------------------------------------------------------------------------------


class Inbox:
    """A mail server that keeps what it gets, and refuses one recipient."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("refused"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    box = Inbox()
    with taken_port() as place, serving(box, place) as port:
        yield box, port


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Flask]:
    """An application with an empty queue of its own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path))
        assert cli.main(["db", "upgrade"]) == 0
        app = create_app(Settings(instance_folder=tmp_path))
        with app.app_context():
            yield app


def smtp(port: int) -> Settings:
    return Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", mail_from="desk@example.com")


def put(recipient: str, subject: str = "Bonjour", body: str = "x\n", **more: str) -> None:
    mail.queue_letter(db.session, recipient=recipient, subject=subject, body=body, **more)
    db.session.commit()


@pytest.mark.usefixtures("queue")
def test_mail_arrives_once_with_its_text_intact(inbox: tuple[Inbox, int]) -> None:
    box, port = inbox
    text = "第一行\n.\nFrom x\n\nFin…\n"
    put(
        "a@example.com",
        "新しい相手 : « été »",
        text,
        html="<p lang='ja'>第一行</p>",
        unsubscribe="https://a.example/x",
    )
    assert mail.deliver(db.session, smtp(port)).sent == 1
    assert mail.deliver(db.session, smtp(port)).sent == 0
    (envelope,) = box.taken
    message = message_from_bytes(envelope.original_content or b"", policy=default)
    assert message["Subject"] == "新しい相手 : « été »" and message["To"] == "a@example.com"
    assert message["List-Unsubscribe"] == "<https://a.example/x>" and message["Date"] and message["Message-ID"]
    plain, html = (message.get_body([kind]) for kind in ("plain", "html"))
    assert plain and plain.get_content().replace("\r\n", "\n") == text
    assert html and "第一行" in html.get_content()
    assert letters.list_letters(db.session, with_given_up=True) == ()


@pytest.mark.usefixtures("queue")
def test_mail_that_is_refused_stays_with_its_cause_and_holds_up_no_other(inbox: tuple[Inbox, int]) -> None:
    box, port = inbox
    put("refused@example.com")
    put("b@example.com")
    delivery = mail.deliver(db.session, smtp(port))
    assert delivery.sent == 1 and len(box.taken) == 1
    (waiting,) = delivery.waiting
    assert waiting.recipient == "refused@example.com" and waiting.tries == 1 and "no such person" in waiting.error


@pytest.mark.usefixtures("queue")
def test_mail_waits_while_the_server_is_away(inbox: tuple[Inbox, int]) -> None:
    box, port = inbox
    put("a@example.com")
    away = mail.deliver(db.session, smtp(1))
    assert away.sent == 0 and "ConnectionRefusedError" in away.waiting[0].error
    assert mail.deliver(db.session, smtp(port)).waiting == () and len(box.taken) == 1


@pytest.mark.usefixtures("queue")
def test_two_senders_send_a_letter_once() -> None:
    put("a@example.com")
    (letter,) = letters.list_letters(db.session)
    assert letters.save_try(db.session, letter)
    assert not letters.save_try(db.session, letter)


@pytest.mark.usefixtures("queue")
@many
@given(subject=st.text(max_size=400), name=st.text(max_size=50))
def test_no_header_can_be_smuggled_in(subject: str, name: str) -> None:
    hostile = f"{subject}\r\nBcc: victim@example.com\n{name}"
    mail.queue_letter(db.session, recipient="a@example.com", subject=hostile, body=hostile)
    letter = letters.list_letters(db.session)[0]
    message = mail.compose(letter, "desk@example.com")
    assert "Bcc" not in message and len(message.get_all("To") or ()) == 1
    head = message.as_bytes().split(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in head
    db.session.rollback()


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize(
    "address", ["a@example.com\r\nBcc: b@example.com", "a b@example.com", "", "a@b@c", "a\x00@b.c", "é@b.c", "a@b\n"]
)
def test_addresses_that_are_none_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        mail.queue_letter(db.session, recipient=address, subject="x", body="x")


# --- settings and commands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_settings", "cause"),
    [
        ({"secret_key": SecretStr("")}, "SECRET_KEY is not set"),
        ({"secret_key": SecretStr("short")}, "SECRET_KEY is too weak"),
        ({"secret_key": SecretStr("x" * 64)}, "SECRET_KEY is too weak"),
        ({"secret_key": SECRET, "host": "0.0.0.0"}, "PUBLIC_URL"),  # noqa: S104 - what must not be
        ({"secret_key": SECRET, "host": "0.0.0.0", "public_url": "http://desk.example"}, "PUBLIC_URL"),  # noqa: S104
        ({"secret_key": SECRET, "public_url": "http://desk.example"}, "PUBLIC_URL"),
        ({"secret_key": SECRET, "oidc_issuer": "http://id.example"}, "OIDC_ISSUER"),
        ({"secret_key": SECRET, "oidc_issuer": "id.example"}, "OIDC_ISSUER"),
    ],
)
def test_application_refuses_to_start_on_unsafe_settings(
    tmp_path: Path, given_settings: dict[str, Any], cause: str
) -> None:
    with pytest.raises(UnsafeSettings, match=cause):
        create_app(Settings(instance_folder=tmp_path, **given_settings))


def test_application_starts_on_safe_settings(tmp_path: Path) -> None:
    for host, public_url in (("127.0.0.1", ""), ("::1", ""), ("0.0.0.0", "https://desk.example/")):  # noqa: S104
        settings = Settings(instance_folder=tmp_path, secret_key=SECRET, host=host, public_url=public_url)
        create_app(settings)
        assert not settings.base_url().endswith("/")
    with pytest.raises(ValidationError):
        Settings(public_url="https://desk.example/path")


def test_mistyped_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAKEHASHI_SMPT_HOST", "mail.example")
    with pytest.raises(UnsafeSettings, match="no setting KAKEHASHI_SMPT_HOST"):
        Settings().check()


def test_secrets_are_not_printed() -> None:
    text = repr(Settings(secret_key=SECRET, smtp_password=SecretStr("hidden"), oidc_client_secret=SecretStr("hidden")))
    assert SECRET.get_secret_value() not in text and "hidden" not in text


def test_serve_stops_without_a_secret(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.delenv("KAKEHASHI_SECRET_KEY")
    assert cli.main(["serve", "--port", "0"]) == 1
    assert "KAKEHASHI_SECRET_KEY is not set" in capsys.readouterr().err


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| [^|]*\| (.+) \|$", page, re.MULTILINE))
    assert rows == {name.upper(): field.description for name, field in Settings.model_fields.items()}
    defaults = dict(re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\|", page, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        assert defaults[name.upper()] == ("" if value is None else str(value)), name


def test_commands_for_people(queue: Flask, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def run(*command: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        code = cli.main(list(command))
        captured = capsys.readouterr()
        return code, captured.out or captured.err

    assert run("users", "create-admin", "no address", typed=PASSWORD + "\n")[0] == 1
    code, text = run("users", "create-admin", "chief@example.com", typed="short\n")
    assert code == 1 and "12 to 200 characters" in text
    code, text = run("users", "create-admin", "Chief@Example.com", "--name", "主任", "--json", typed=PASSWORD + "\n")
    assert code == 0 and json.loads(text)["created"] is True
    code, text = run("users", "create-admin", "chief@example.com", typed=OTHER + "\n")
    assert code == 0 and "new password" in text
    code, text = run("users", "list", "--json")
    (person,) = json.loads(text)
    assert person["email"] == "chief@example.com" and person["role"] == "administrator" and person["name"] == "主任"
    assert run("users", "list")[1].startswith("chief@example.com  主任")
    with queue.test_request_context():
        assert auth.authenticate("chief@example.com", OTHER) and not auth.authenticate("chief@example.com", PASSWORD)


@pytest.mark.usefixtures("queue")
def test_commands_for_mail(inbox: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    put("a@example.com", "Bonjour", "Le texte\n")
    assert cli.main(["mail", "send"]) == 1
    assert "no mail server is set" in capsys.readouterr().err
    assert cli.main(["mail", "list"]) == 0
    assert "Le texte" in capsys.readouterr().out
    monkeypatch.setenv("KAKEHASHI_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("KAKEHASHI_SMTP_SECURITY", "none")
    monkeypatch.setenv("KAKEHASHI_SMTP_PORT", "1")
    assert cli.main(["mail", "send"]) == 1
    assert "a@example.com waits" in capsys.readouterr().err
    monkeypatch.setenv("KAKEHASHI_SMTP_PORT", str(inbox[1]))
    assert cli.main(["mail", "send", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sent": 1, "waiting": []}
    assert cli.main(["mail", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
