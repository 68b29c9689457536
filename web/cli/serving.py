"""The command that serves, until it is told to stop; then it finishes what it has begun."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

from matcher.__main__ import Refused

if TYPE_CHECKING:
    import socket
    from wsgiref.types import WSGIApplication

    from waitress.server import BaseWSGIServer

    from web.config import Settings

# In bytes. Somewhat more than an address (web.security) with cookies, and than a file (web.security): what is larger
# by little gets a page that says so.
LARGEST_HEADERS: Final = 32 * 1024
LARGEST_BODY: Final = 6 * 1024 * 1024
# Seconds for requests in progress, and then for what goes on in the background. Whoever stops the server should wait
# a little longer than both together (docs/deploy).
REQUESTS_HAVE: Final = 30.0
BACKGROUND_HAS: Final = 10.0


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers ``serve``."""
    serve = commands.add_parser("serve", help="serve the pages on this machine")
    serve.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on, 0 for a free one (default: 8000)")
    serve.set_defaults(run=_serve)


def _serve(args: argparse.Namespace) -> None:
    import socket

    from web import logs
    from web.cli import _application
    from web.config import Settings, UnsafeSettings
    from web.mail import start_delivery
    from web.showings import start_flushing

    settings = Settings()
    host, port = args.host or settings.host, settings.port if args.port is None else args.port
    settings = settings.model_copy(update={"host": host, "port": port})
    try:
        settings.check()
    except UnsafeSettings as error:
        raise Refused(str(error)) from error
    logs.start(settings.log_format)
    with _application(settings=settings) as (app, _board):
        try:
            listener = socket.create_server((host, port))
        except OSError as error:
            raise Refused(f"cannot listen on {host}, port {port}: {error.strerror}; try --port 0") from error
        stop = threading.Event()
        background = [start_flushing(app, stop)]
        if settings.smtp_host:
            background.append(start_delivery(app, settings, stop))
        server = make_server(app, settings, listener)
        stop_on_signal(stop, server.pull_trigger)
        print(f"Kakehashi is at http://{host}:{listener.getsockname()[1]}/  (stop with Ctrl+C)", flush=True)
        serve_until(stop, server)
        until = monotonic() + BACKGROUND_HAS
        for thread in background:
            thread.join(max(until - monotonic(), 0))
        app.extensions["kakehashi.boards"].close(max(until - monotonic(), 0))


def make_server(app: WSGIApplication, settings: Settings, listener: socket.socket) -> BaseWSGIServer:
    """The server: what is larger than any page or form needs is refused before it costs anything."""
    from waitress.server import create_server

    return create_server(
        app, sockets=[listener], threads=settings.threads, ident=None,
        # By itself it drops what a proxy says, before ProxyFix (web.create_app) can choose whom to believe.
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
        max_request_header_size=LARGEST_HEADERS, max_request_body_size=LARGEST_BODY,
    )  # fmt: skip


def stop_on_signal(stop: threading.Event, wake: Callable[[], None]) -> None:
    """Sets the event at the first SIGTERM or SIGINT; a second one ends the process at once."""

    def handle(_number: int, _frame: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        stop.set()
        # The loop sleeps until something arrives.
        wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


def serve_until(stop: threading.Event, server: BaseWSGIServer, seconds: float = REQUESTS_HAVE) -> None:
    """Serves until the event is set; then accepts nobody, and finishes the requests in progress in so many seconds.

    The server's own ``run`` would drop answers that are ready but not sent, and wait for 5 seconds at most. What wakes
    the loop stays open, since a request that was given up may still use it.
    """
    sockets = server._map  # noqa: SLF001 - it names no other way to what it waits for
    while not stop.is_set():
        server.asyncore.loop(timeout=1, use_poll=server.adj.asyncore_use_poll, map=sockets, count=1)
    # The listener only: the channels go on.
    server.accepting = False
    server.del_channel(sockets)
    server.socket.close()
    until = monotonic() + seconds
    while _is_busy(server) and monotonic() < until:
        server.asyncore.loop(timeout=0.1, use_poll=server.adj.asyncore_use_poll, map=sockets, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    for channel in list(server.active_channels.values()):
        channel.handle_close()


def _is_busy(server: BaseWSGIServer) -> bool:
    """Whether a request is being received, answered, or its answer sent."""
    return any(c.request or c.requests or c.total_outbufs_len for c in server.active_channels.values())
