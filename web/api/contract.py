"""Operations: what each takes, checked before its view is called, and what its description says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar, get_origin

from flask import Blueprint, Response, abort, request
from pydantic import BaseModel, ConfigDict, ValidationError

from web.i18n.problems import FIELD_FAULTS
from web.problems import FieldFault, Invalid

bp = Blueprint("api", __name__, url_prefix="/api/v1")

_M = TypeVar("_M", bound=BaseModel)
View = Callable[..., Response]

JSON: Final = "application/json"


def N_(text: str) -> str:  # noqa: N802 - the name by which Babel finds texts that are translated where they are shown
    """A text to be translated later."""
    return text


class Sent(BaseModel):
    """What comes with a request: anything unknown in it is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``answers`` are the models of the answers by status, None for one without a body.

    ``media`` are the types of content of an answer that is no JSON. ``problems`` are statuses besides those that any
    operation can have. ``example`` are values of the address, and of the body, with which it can be tried.
    """

    endpoint: str
    method: str
    rule: str
    tag: str
    summary: str
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answers: Mapping[int, type[BaseModel] | None]
    media: tuple[str, ...]
    problems: tuple[int, ...]
    example: Mapping[str, Any]
    description: str


OPERATIONS: Final[dict[str, Operation]] = {}


def operation(  # noqa: PLR0913 - a declaration
    method: str,
    rule: str,
    *,
    tag: str,
    summary: str,
    answers: Mapping[int, type[BaseModel] | None],
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    media: tuple[str, ...] = (JSON,),
    problems: tuple[int, ...] = (),
    example: Mapping[str, Any] | None = None,
    description: str = "",
) -> Callable[[Callable[..., Response]], View]:
    """Declares a view: what it takes arrives checked as ``query`` and ``body``."""

    def declare(view: Callable[..., Response]) -> View:
        endpoint = view.__name__

        @wraps(view)
        def checked(**parts: Any) -> Response:
            if query is not None:
                parts["query"] = read_query(query)
            elif request.args:
                raise Invalid(FieldFault(name, "unknown") for name in request.args)
            if body is not None:
                parts["body"] = read_body(body)
            return view(**parts)

        OPERATIONS[endpoint] = Operation(
            endpoint, method, rule, tag, summary, query, body, answers, media, problems, example or {}, description
        )
        bp.add_url_rule(rule, endpoint, checked, methods=[method])
        return checked

    return declare


def read_query(model: type[_M]) -> _M:
    """The query of the address; a parameter that is no list may stand there once."""
    lists = {f.alias or name for name, f in model.model_fields.items() if get_origin(f.annotation) is tuple}
    given = {n: v if n in lists or len(v) > 1 else v[0] for n, v in request.args.lists()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid(_faults(error)) from error


def read_body(model: type[_M]) -> _M:
    """The JSON of the body, where a number is no text and a text no number."""
    if not request.is_json:
        abort(415)
    try:
        return model.model_validate_json(request.get_data(cache=False), strict=True)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            abort(400)
        raise Invalid(_faults(error)) from error


# What pydantic calls it, from its beginning, and the code of ours.
_CODES: Final = {
    "missing": "required", "extra_forbidden": "unknown", "enum": "choice", "literal_error": "choice",
    "string_too_long": "too_long", "too_long": "too_long", "string_too_short": "too_short", "too_short": "too_short",
    "greater_than": "range", "less_than": "range", "int_": "number", "float_": "number", "finite_number": "number",
    "date_": "date", "uuid_": "id", "string_pattern_mismatch": "id",
}  # fmt: skip


def _faults(error: ValidationError) -> list[FieldFault]:
    found = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        # A validator of ours raises ``PydanticCustomError`` with a code of ours.
        field = ".".join(str(part) for part in fault["loc"]) or "(body)"
        code = next((c for start, c in _CODES.items() if fault["type"].startswith(start)), fault["type"])
        found.append(FieldFault(field, code if code in FIELD_FAULTS else "type"))
    return found
