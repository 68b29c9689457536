"""What the log says: one line a request, and what went wrong where, but never what anybody typed.

An address holds searches, tokens and names, and the message of an exception may quote a form, a statement or a
parameter of the database. So a request is logged by the pattern of its route, and an exception by its type, its code
and the places it came through.
"""

from __future__ import annotations

import logging
import re
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from time import perf_counter
from traceback import StackSummary, walk_tb
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from flask import Flask, g, request
from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_ExcInfo: TypeAlias = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

_log = logging.getLogger(__name__)
_requests = logging.getLogger("web.request")

# What a proxy or another program may call a request. No address of a mailbox fits in, and no line break.
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FIELDS: Final = "kakehashi.request"
# Asked every few seconds by whoever watches; a log of them would hide the others.
_UNLOGGED: Final = frozenset({"/healthz", "/readyz"})
# Attributes of exceptions that name a cause and quote nothing: the system's, SQLite's, PostgreSQL's, a mail server's.
_CODES: Final = ("strerror", "sqlite_errorname", "sqlstate", "smtp_code")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def cause(error: BaseException) -> str:
    """An exception by its type and code, without its message.

    >>> cause(ValueError("alice@example.com")), cause(FileNotFoundError(2, "No such file", "letter to alice"))
    ('ValueError', 'FileNotFoundError (No such file)')
    """
    code = next((value for name in _CODES if (value := getattr(error, name, None))), None)
    return type(error).__name__ + (f" ({code})" if code else "")


def start(log_format: Literal["text", "json"]) -> None:
    """Writes the log of this process to standard error, from now on."""
    handler = _Handler()
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    handler.addFilter(_complete)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Of others only what is wrong: what libraries tell besides may name visitors.
    root.setLevel(logging.WARNING)
    logging.getLogger("web").setLevel(logging.INFO)


def init_app(app: Flask) -> None:
    """Gives every request an id and a line in the log, and keeps what was typed out of both."""
    app.log_exception = _log_exception  # type: ignore[method-assign]
    app.before_request(_note)
    app.teardown_request(_note)
    app.wsgi_app = _Requests(app.wsgi_app)  # type: ignore[method-assign]


class _Requests:
    """Around the whole application, so that not even a failing error page goes without its line."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = str(environ.get("HTTP_X_REQUEST_ID", ""))
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        fields: dict[str, Any] = {"method": _method(environ), "route": None, "status": 500, "account": None}
        environ[_FIELDS] = fields
        token, began = _request_id.set(request_id), perf_counter()

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            fields["status"] = int(status.split(maxsplit=1)[0])
            return start_response(status, [*headers, ("X-Request-ID", request_id)], exc_info)

        try:
            return self._application(environ, start)
        finally:
            if environ.get("PATH_INFO") not in _UNLOGGED:
                fields["milliseconds"] = round(1000 * (perf_counter() - began), 1)
                _requests.info("%(method)s %(route)s %(status)s %(milliseconds)s ms", fields, extra=fields)
            _request_id.reset(token)


def _method(environ: WSGIEnvironment) -> str:
    """The method, where it is one that a browser knows: any word may stand there."""
    method = str(environ.get("REQUEST_METHOD"))
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "OTHER"


def _note(_error: BaseException | None = None) -> None:
    """Notes what only the application knows: the pattern of the route, and at the end who was signed in."""
    fields = request.environ.get(_FIELDS)
    if fields is not None:
        fields["route"] = request.url_rule.rule if request.url_rule else None
        fields["account"] = str(user.id) if (user := g.get("user")) else None


def _log_exception(exc_info: Any) -> None:
    """In place of Flask's, which would name the path."""
    _log.error("a request failed unexpectedly", exc_info=exc_info)


def _complete(record: logging.LogRecord) -> bool:
    """Adds the request to each line; takes the path out of what the server says of one."""
    record.request_id = _request_id.get()
    if record.name.startswith("waitress"):
        record.msg = re.sub(r"(?s)(while serving) .*", r"\1 a request", str(record.msg))
    return True


class _Handler(logging.StreamHandler[Any]):
    """To whatever standard error is at the moment."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: Any) -> None: ...


class _Json(JsonFormatter):
    """One JSON object a line."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message", "request_id"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            timestamp="time",
            json_ensure_ascii=False,
        )

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        return "\n".join(_places(ei[1]))


class _Text(logging.Formatter):
    """Lines for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s [%(request_id)s]")

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        return "\n".join(_places(ei[1]))


def _places(error: BaseException | None) -> Iterator[str]:
    """Where an exception came through, after what caused it, as Python prints it but for the messages."""
    if error is None:
        return
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _places(before)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    yield from (line.rstrip() for line in StackSummary.extract(walk_tb(error.__traceback__)).format())
    yield cause(error)
