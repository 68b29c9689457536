"""A mail server under test, and what it has taken."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Inbox:
    """A handler for aiosmtpd that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


class _Server(Controller):
    """Serves on a socket that is bound already, and has the patience for a slow machine."""

    def __init__(self, handler: object, place: socket.socket) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=place.getsockname()[1], ready_timeout=60)
        self._place = place

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._place)


@contextmanager
def taken_port() -> Iterator[socket.socket]:
    """A port that nobody else can take; it refuses connections until something is served on it."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        yield place


@contextmanager
def serving(handler: object, place: socket.socket) -> Iterator[int]:
    """A mail server on a port of :func:`taken_port`, whose number it is."""
    server = _Server(handler, place)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()
