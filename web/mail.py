"""Mail: queued in the transaction that causes it, delivered afterwards, kept until the mail server has taken it."""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
import threading
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from flask import Flask

from web import logs
from web.config import Settings
from web.extensions import db
from web.store import letters
from web.store.letters import QueuedLetter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_log = logging.getLogger(__name__)

# Stricter than the standard, which allows comments and quotes: nothing here has a meaning in a header.
_ADDRESS: Final = re.compile(r"""[^\s@<>()\[\],:;"\\\x00-\x20\x7f-\uffff]+@[^\s@<>()\[\],:;"\\\x00-\x20\x7f-\uffff]+""")
_TIMEOUT: Final = 20.0  # seconds for the mail server to answer
_PAUSE: Final = 15.0  # seconds between two looks into the queue
# What one process does at a time; a letter is claimed in the database besides.
_delivering = threading.Lock()


class NoMailServer(RuntimeError):
    """No mail server is set."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one run did: letters taken by the mail server, and letters still waiting, each with its cause."""

    sent: int
    waiting: tuple[QueuedLetter, ...]


def queue_letter(  # noqa: PLR0913 - the parts of a mail, by name
    session: Session, *, recipient: str, subject: str, body: str, html: str = "", unsubscribe: str = ""
) -> None:
    """Queues a mail; the caller commits. Raises ``ValueError`` where an address is none.

    No header can be smuggled in: a subject becomes one line, and an address with a line break is refused.
    """
    if not _ADDRESS.fullmatch(recipient):
        raise ValueError("this is not a mail address")
    if not unsubscribe.isprintable() or set(" <>") & set(unsubscribe):
        raise ValueError("this is not a web address")
    line = " ".join("".join(c if c.isprintable() else " " for c in subject).split())
    # No text in PostgreSQL may hold the character NUL.
    body, html = body.replace("\0", ""), html.replace("\0", "")
    letters.save_letter(session, recipient=recipient, subject=line[:300], body=body, html=html, unsubscribe=unsubscribe)


def deliver(session: Session, settings: Settings, stop: threading.Event | None = None) -> Delivery:
    """Sends what waits, until the event is set, and commits after each letter, so that a crash sends none twice.

    What the mail server refuses, or a server that is away, leaves the letter in the queue with the cause.
    """
    if not settings.smtp_host:
        raise NoMailServer("no mail server is set: KAKEHASHI_SMTP_HOST is empty")
    with _delivering:
        waiting = letters.list_letters(session)
        sent = _send_all(session, waiting, settings, stop) if waiting else 0
        return Delivery(sent, letters.list_letters(session, with_given_up=True))


def start_delivery(app: Flask, settings: Settings, stop: threading.Event) -> threading.Thread:
    """Delivers in the background of a server, until the event is set; the thread ends with the letter in hand."""
    thread = threading.Thread(target=_keep_delivering, args=(app, settings, stop), name="mail", daemon=True)
    thread.start()
    return thread


def compose(letter: QueuedLetter, sender: str) -> EmailMessage:
    """The letter as it goes over the wire."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Kakehashi", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    # The same at every try, so that a mail program shows a letter once that came twice.
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message.set_content(letter.body)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def _send_all(
    session: Session, waiting: tuple[QueuedLetter, ...], settings: Settings, stop: threading.Event | None
) -> int:
    sent = 0
    try:
        server = _connect(settings)
    except (OSError, smtplib.SMTPException) as error:
        _log.warning("the mail server %s cannot be reached: %s", settings.smtp_host, logs.cause(error))
        for letter in waiting:
            letters.save_refused(session, letter, _cause(error))
        session.commit()
        return 0
    with server:
        for letter in waiting:
            if stop is not None and stop.is_set():
                break
            # The claim is committed before the letter goes out: a second sender never sees it unclaimed.
            is_mine = letters.save_try(session, letter)
            session.commit()
            if is_mine:
                sent += _send(session, server, letter, settings)
    return sent


def _send(session: Session, server: smtplib.SMTP, letter: QueuedLetter, settings: Settings) -> bool:
    try:
        # Not send_message, which puts a ">" before a line that starts with "From ".
        message = compose(letter, settings.mail_from)
        server.sendmail(settings.mail_from, [letter.recipient], message.as_bytes())
    except (OSError, smtplib.SMTPException, ValueError) as error:
        _log.warning("the mail server did not take letter %s: %s", letter.id, logs.cause(error))
        letters.save_refused(session, letter, _cause(error))
        session.commit()
        return False
    letters.save_sent(session, letter)
    session.commit()
    return True


def _connect(settings: Settings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=_TIMEOUT, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_TIMEOUT)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _keep_delivering(app: Flask, settings: Settings, stop: threading.Event) -> None:
    while not stop.wait(_PAUSE):
        try:
            with app.app_context():
                deliver(db.session, settings, stop)
        except Exception:  # noqa: BLE001 - the queue is safe in the database: whatever it was, the next look tries again
            _log.exception("mail could not be delivered")
