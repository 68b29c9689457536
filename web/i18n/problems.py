"""What the API says of a request that it cannot answer: a code, its title, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class ProblemText:
    """A sort of problem: the status of HTTP it comes with, and its sentences."""

    status: int
    title: Any
    detail: Any


PROBLEMS: Final[Mapping[str, ProblemText]] = {
    "moved": ProblemText(301, _("Moved"), _("The organisation was merged into another. Follow the address given.")),
    "bad_request": ProblemText(400, _("Unreadable request"), _("The body is not JSON, or the request is malformed.")),
    "unauthorized": ProblemText(
        401,
        _("Token needed"),
        _("Send a token in the header Authorization, as “Bearer kkh_…”. Make one under “API tokens”."),
    ),
    "invalid_token": ProblemText(
        401, _("Token not valid"), _("The token is unknown, expired, revoked, or was ended by a new password.")
    ),
    "forbidden": ProblemText(403, _("Not allowed"), _("The role of the token’s owner does not allow this.")),
    "insufficient_scope": ProblemText(
        403, _("Scope missing"), _("The token was not made for this. Make one with the scopes named in “missing”.")
    ),
    "read_only": ProblemText(403, _("Read only"), _("Your right in this team lets you look, but not change.")),
    "not_found": ProblemText(404, _("Not found"), _("There is nothing at this address that you may see.")),
    "unknown_entry": ProblemText(
        404, _("Unknown id"), _("No organisation or programme has this id; “suggestions” have similar names.")
    ),
    "same_country": ProblemText(404, _("Same country"), _("Both organisations are in one country; there is no match.")),
    "no_relation": ProblemText(404, _("No such relation"), _("The two cannot have the relation asked for.")),
    "silent": ProblemText(
        404,
        _("Too little known"),
        _("Nothing public says what this organisation offers or needs, so it has no matches."),
    ),
    "method_not_allowed": ProblemText(
        405, _("Method not allowed"), _("The header Allow names the methods of this address.")
    ),
    "conflict": ProblemText(409, _("Conflict"), _("Somebody else wrote the same at this moment. Read it again.")),
    "data_changed": ProblemText(
        409, _("Data has changed"), _("The list was made from other data. Start again with its first page.")
    ),
    "not_editable": ProblemText(
        409, _("Not now"), _("A reviewer has it, or it says nothing that is not published already.")
    ),
    "full": ProblemText(409, _("Full"), _("There are as many as there may be. Delete some first.")),
    "closed": ProblemText(410, _("Closed"), _("The organisation no longer exists and has no matches.")),
    "precondition_failed": ProblemText(
        412, _("Changed meanwhile"), _("Somebody has saved since you read it. Nothing was written. Read it again.")
    ),
    "too_large": ProblemText(413, _("Too large"), _("The body is larger than this address takes.")),
    "address_too_long": ProblemText(414, _("Address too long"), _("Ask for less in one address.")),
    "unsupported_media_type": ProblemText(
        415, _("Unknown type of content"), _("Send JSON, with application/json in the header Content-Type.")
    ),
    "invalid": ProblemText(
        422, _("Invalid values"), _("Nothing was written. “errors” names each value and its fault.")
    ),
    "precondition_required": ProblemText(
        428, _("Version needed"), _("Read it first and send its ETag in the header If-Match.")
    ),
    "too_many_requests": ProblemText(
        429, _("Too many requests"), _("Wait as many seconds as the header Retry-After says.")
    ),
    "internal": ProblemText(500, _("Internal error"), _("Nothing was written. The cause is in the log of the server.")),
    "not_ready": ProblemText(503, _("Not ready"), _("The database cannot be used for now. Try again in a minute.")),
}

# What can be wrong with one value of a request.
FIELD_FAULTS: Final[Mapping[str, Any]] = {
    "required": _("This is needed."),
    "unknown": _("There is no such field or parameter."),
    "choice": _("This is not one of the possible values."),
    "too_long": _("This is too long."),
    "too_short": _("This is too short."),
    "length": _("This is too short or too long."),
    "number": _("This is not a number of the form expected."),
    "range": _("This number is out of range."),
    "date": _("This is not a day in the form YYYY-MM-DD, from 2000 to 2099."),
    "id": _("This is not an id of the form expected."),
    "person": _("Nobody who can see this shortlist has this id."),
    "team": _("You have no team of this id, or may only look in it."),
    "shares": _("These shares cannot all be true."),
    "format": _("This is not of the form expected."),
    "too_few": _("There are too few of these."),
    "duplicate": _("This stands there twice."),
    "type": _("This is of another type than expected."),
}
