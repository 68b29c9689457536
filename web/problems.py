"""What is wrong with a request to the API, as problem details (RFC 9457) in the reader's language; never as HTML."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, g, json, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from matcher.eligibility import ContradictoryFacts
from web import i18n
from web.i18n.problems import FIELD_FAULTS, PROBLEMS
from web.matching import ClosedEntry, MovedEntry, SameCountry, SilentEntry, UnknownEntry
from web.security import InvalidToken, ScopeMissing
from web.store import Collision, DatabaseNotReady, Outdated
from web.store.accounts import TooMany
from web.store.desk import Full, ReadOnly, Stale, UnknownShortlist
from web.store.submissions import UnknownSubmission

CONTENT_TYPE: Final = "application/problem+json"
_log = logging.getLogger(__name__)

_OF_STATUS: Final = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 414: "address_too_long", 415: "unsupported_media_type", 429: "too_many_requests",
    500: "internal",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one value: where it stands, and a code of :data:`~web.i18n.problems.FIELD_FAULTS`."""

    field: str
    code: str


class Invalid(ValueError):
    """Values of a request that cannot be used, all of them at once."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(f"{f.field}: {f.code}" for f in self.faults))


class PreconditionRequired(ValueError):
    """A change without the version it is based on."""


class DataChanged(LookupError):
    """A further page of a list that was made from other data."""


class NoRelation(ValueError):
    """The relation asked for is not open to the pair."""


_OF_ERROR: Final[dict[type[Exception], str]] = {
    MovedEntry: "moved",
    ClosedEntry: "closed",
    SilentEntry: "silent",
    UnknownEntry: "unknown_entry",
    SameCountry: "same_country",
    InvalidToken: "invalid_token",
    ScopeMissing: "insufficient_scope",
    UnknownShortlist: "not_found",
    UnknownSubmission: "not_found",
    Outdated: "not_editable",
    ReadOnly: "read_only",
    Full: "full",
    TooMany: "full",
    Stale: "precondition_failed",
    Collision: "conflict",
    DatabaseNotReady: "not_ready",
    PreconditionRequired: "precondition_required",
    DataChanged: "data_changed",
    NoRelation: "no_relation",
}
# What is answered; whatever is not here is a mistake of ours, which Flask logs and answers as one.
ANSWERED: Final = (*_OF_ERROR, Invalid, ContradictoryFacts, HTTPException)


def type_of(code: str) -> str:
    """The ``type`` of a problem: stable, and the address of its description."""
    return f"/en/api#problem-{code}"


def check_version(etag: str, *, is_needed: bool = False) -> None:
    """Raises where the request goes by another version than there is, or by none where it has to go by one."""
    if is_needed and not request.if_match:
        raise PreconditionRequired
    if request.if_match and not request.if_match.contains(etag):
        raise Stale


def answer(error: Exception) -> Response:
    """The answer to any error."""
    if isinstance(error, Invalid | ContradictoryFacts):
        faults = error.faults if isinstance(error, Invalid) else (FieldFault("shares", "shares"),)
        listed = [
            {"field": f.field, "code": f.code, "detail": str(FIELD_FAULTS.get(f.code, FIELD_FAULTS["format"]))}
            for f in faults
        ]
        return _problem("invalid", errors=listed)
    code = next((c for kind, c in _OF_ERROR.items() if isinstance(error, kind)), "internal")
    if code == "internal" and isinstance(error, HTTPException):
        return _of_http(error)
    response = _problem(code, **_more(error))
    _add_headers(response, code, error)
    return response


def _of_http(error: HTTPException) -> Response:
    given: AnyResponse = error.get_response()
    code = _OF_STATUS.get(given.status_code, "bad_request")
    response = _problem(code)
    kept = ("Allow", "Retry-After")
    response.headers.update({name: given.headers[name] for name in kept if name in given.headers})
    _add_headers(response, code, error)
    return response


def _more(error: Exception) -> dict[str, Any]:
    if isinstance(error, MovedEntry):
        return {"id": error.new_id}
    if isinstance(error, UnknownEntry) and not isinstance(error, ClosedEntry | SilentEntry):
        return {"suggestions": [p.id for p in error.suggestions]}
    return {"missing": sorted(error.missing)} if isinstance(error, ScopeMissing) else {}


def _add_headers(response: Response, code: str, error: Exception) -> None:
    if code in {"unauthorized", "invalid_token", "insufficient_scope"}:
        said = "" if code == "unauthorized" else f', error="{code}"'
        response.headers["WWW-Authenticate"] = f'Bearer realm="kakehashi"{said}'
    if code == "not_ready":
        _log.error("the database is not ready: %s", error)
        response.headers["Retry-After"] = "60"
        # Who asks cannot be looked up either.
        g.token = g.user = None
    if code == "conflict":
        _log.warning("nothing was written: %s", getattr(error, "orig", error))
    if isinstance(error, MovedEntry):
        response.headers["Location"] = request.full_path.removesuffix("?").replace(error.entry_id, error.new_id)


def _problem(code: str, **more: Any) -> Response:
    text, lang = PROBLEMS[code], i18n.language()
    content = {"type": type_of(code), "title": str(text.title), "status": text.status, "detail": str(text.detail)}
    response = Response(json.dumps(content | more, sort_keys=False), text.status, content_type=CONTENT_TYPE)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response
