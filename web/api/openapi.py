"""The description of the API as OpenAPI 3.1, made from its operations: nothing of it is written twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, json
from flask_babel import force_locale
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from matcher.eligibility import Facts
from web.api import answers, schemas
from web.api.asked import CheckQuery
from web.api.contract import JSON, N_, OPERATIONS, Operation, Sent, operation
from web.config import current_settings
from web.forms import programmes as facts
from web.i18n.problems import PROBLEMS
from web.problems import CONTENT_TYPE
from web.security import POLICIES, SCOPES, Policy

Schema = dict[str, Any]

_REF: Final = "#/components/schemas/{model}"
# What any operation can answer; the status of an error of ours is listed so that nobody is surprised by its form.
_ALWAYS: Final = (401, 403, 429, 500, 503)
TAGS: Final = {
    "organisations": N_("Organisations"),
    "matches": N_("Matches"),
    "programmes": N_("Programmes"),
    "shortlists": N_("Shortlists"),
    "submission": N_("Your organisation’s profile"),
    "exports": N_("Files"),
    "description": N_("This description"),
}
# The answer to a page of a list names the other pages; what was read has a version.
_HEADERS: Final[Mapping[str, str]] = {
    "ETag": N_("Version of the answer, for If-None-Match and If-Match."),
    "Link": N_("The first, previous, next and last page (RFC 8288)."),
    "Location": N_("Address of what was made."),
    "RateLimit-Limit": N_("How many requests are allowed in a minute."),
    "RateLimit-Remaining": N_("How many of them are left."),
    "RateLimit-Reset": N_("Seconds until they are all there again."),
    "Retry-After": N_("Seconds to wait."),
}


class OpenApi(BaseModel):
    """The description of the API itself."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]
    model_config = {"extra": "allow"}


@operation(
    "GET", "/openapi.json", tag="description", summary=N_("This description, as OpenAPI 3.1"),
    answers={200: OpenApi},
)  # fmt: skip
def openapi() -> Response:
    """The same for everybody, in English."""
    return answers.written(_text())


@cache
def _text() -> str:
    return answers.dumped(document())


@cache
def document() -> Schema:
    """The whole description, in English. It is made once, and never changed by whoever reads it."""
    with force_locale("en"):
        return _document()


def _document() -> Schema:
    models: list[type[BaseModel]] = sorted({*_models(), schemas.Problem}, key=lambda m: m.__name__)
    _names, defined = models_json_schema([(m, "validation") for m in models], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kakehashi",
            "version": "1",
            "summary": "Partnerships between Japanese and Canadian organisations, and programmes that could fund them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": _paths(),
        "components": {
            "schemas": {name: _opened(schema) for name, schema in defined["$defs"].items()},
            "headers": {n: {"description": t, "schema": {"type": "string"}} for n, t in _HEADERS.items()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of one’s own, made on the page “API tokens”.",
                }
            },
        },
    }


def _models() -> Iterator[type[BaseModel]]:
    for op in OPERATIONS.values():
        yield from (m for m in op.answers.values() if m is not None)
        if op.body is not None:
            yield op.body


def _opened(schema: Schema) -> Schema:
    """An answer may hold more in a later release: only what is sent is closed."""
    is_sent = schema.get("title") in {model.__name__ for model in Sent.__subclasses__()}
    return schema if is_sent else {n: v for n, v in schema.items() if n != "additionalProperties" or v is not False}


def _paths() -> Schema:
    paths: Schema = {}
    for op in OPERATIONS.values():
        paths.setdefault(path_of(op), {})[op.method.lower()] = _operation(op)
    return dict(sorted(paths.items()))


def path_of(op: Operation) -> str:
    """The address as the description writes it.

    >>> path_of(OPERATIONS["openapi"])
    '/api/v1/openapi.json'
    """
    return "/api/v1" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", op.rule)


def _operation(op: Operation) -> Schema:
    described: Schema = {
        "operationId": op.endpoint,
        "tags": [op.tag],
        "summary": op.summary,
        **({"description": op.description} if op.description else {}),
        "parameters": [*_path_parameters(op), *_query_parameters(op), *_header_parameters(op)],
        "responses": _responses(op),
        "security": _security(op),
    }
    if op.body is not None:
        example = {"example": op.example["body"]} if "body" in op.example else {}
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(op.body), **example}}}
    return described


def _security(op: Operation) -> list[Schema]:
    needed = sorted(SCOPES[f"api.{op.endpoint}"])
    is_open = POLICIES[f"api.{op.endpoint}"] is Policy.PUBLIC
    return [*([{}] if is_open else []), {"token": needed}]


def _path_parameters(op: Operation) -> Iterator[Schema]:
    for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", op.rule):
        schema: Schema = (
            {"type": "string", "format": "uuid"}
            if converter == "uuid"
            else {"type": "string", "maxLength": 80, "pattern": "^[a-z0-9-]+$"}
        )
        yield {"name": name, "in": "path", "required": True, "schema": schema, "example": op.example[name]}


def _query_parameters(op: Operation) -> Iterator[Schema]:
    if op.query is None:
        return
    schema = op.query.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", ()))
    for name, given in schema["properties"].items():
        if given.get("type") == "null":
            continue
        parameter = {"name": name, "in": "query", "required": name in required, "schema": _inlined(given, schema)}
        if "description" in given:
            parameter["description"] = given["description"]
        if name in op.example:
            example = op.example[name]
            parameter["example"] = [example] if parameter["schema"].get("type") == "array" else example
        yield parameter
    if issubclass(op.query, CheckQuery):
        yield from _fact_parameters()


def _inlined(given: Schema, whole: Schema) -> Schema:
    """The schema of a parameter without references, and without the null that stands for its absence."""
    schema = {n: v for n, v in given.items() if n not in {"title", "description"}}
    if "anyOf" in schema:
        schema = schema["anyOf"][0] | ({} if schema.get("default") is None else {"default": schema["default"]})
    if "$ref" in schema:
        name = schema.pop("$ref").rpartition("/")[2]
        schema = {n: v for n, v in whole["$defs"][name].items() if n in {"type", "enum"}} | schema
    if "items" in schema:
        schema["items"] = _inlined(schema["items"], whole)
    return schema


def _fact_parameters() -> Iterator[Schema]:
    """What only people know of a project; of a single member, with its id after a dot."""
    for fact in (f.name for f in fields(Facts)):
        if fact not in facts.PER_MEMBER:
            yield {"name": fact, "in": "query", "required": False, "schema": _fact_schema(fact)}
    of_members = {rf"^{fact}\.[a-z0-9-]{{1,80}}$": _fact_schema(fact) for fact in sorted(facts.PER_MEMBER)}
    yield {
        "name": "of_members",
        "in": "query",
        "required": False,
        "style": "form",
        "explode": True,
        "description": N_("What is known of one member: a name such as sme.kinova, with yes, no or a number."),
        "schema": {"type": "object", "patternProperties": of_members, "additionalProperties": False},
    }


def _fact_schema(fact: str) -> Schema:
    if fact not in facts.NUMBERS:
        return {"type": "string", "enum": ["yes", "no"]}
    return {"type": "number", "minimum": 0, "maximum": facts.MOST[fact]}


def _header_parameters(op: Operation) -> Iterator[Schema]:
    if 412 in op.problems:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": 428 in op.problems,
            "description": N_("The ETag of what was read."),
            "schema": {"type": "string", "minLength": 1},
        }


def _responses(op: Operation) -> Schema:
    responses: Schema = {}
    for status, model in op.answers.items():
        responses[str(status)] = {"description": op.summary, "headers": _headers(op, status)}
        if model is not None:
            kinds = {media: {"schema": _ref(model)} if media == JSON else {} for media in op.media}
            responses[str(status)]["content"] = kinds
    if op.method == "GET" and op.media == (JSON,):
        responses["304"] = {"description": "Not modified since the ETag in If-None-Match."}
    for status in sorted({*op.problems, *_problems_of_form(op), *_ALWAYS}):
        titles = [str(text.title) for text in PROBLEMS.values() if text.status == status]
        content = {CONTENT_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
        responses[str(status)] = {"description": "; ".join(titles), "content": content}
    return responses


def _problems_of_form(op: Operation) -> tuple[int, ...]:
    # A parameter that nobody knows is a fault of any operation.
    return (400, 413, 415, 422) if op.body is not None else (422,)


def _headers(op: Operation, status: int) -> Schema:
    names = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
    names += ["ETag"] * (op.media == (JSON,) and status != 204) + ["Link"] * (
        op.query is not None and "per_page" in op.query.model_fields
    )
    names += ["Location"] * (op.method == "POST")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _ref(model: type[BaseModel]) -> Schema:
    return {"$ref": _REF.format(model=model.__name__)}


# --- for the page -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """The operations about one thing, each as the description has it, with what the page says besides."""

    tag: str
    title: str
    operations: tuple[Schema, ...]


def sections() -> tuple[Section, ...]:
    """The description in the order of the page."""
    shown = [_shown(op, document()["paths"][path_of(op)][op.method.lower()]) for op in OPERATIONS.values()]
    return tuple(Section(tag, title, tuple(o for o in shown if tag in o["tags"])) for tag, title in TAGS.items())


def _shown(op: Operation, described: Schema) -> Schema:
    model = next(iter(op.answers.values()))
    return {
        "description": "",
        **described,
        "method": op.method,
        "path": path_of(op),
        "scopes": described["security"][-1]["token"],
        "is_open": {} in described["security"],
        "parameters": [{"description": "", **p} for p in described["parameters"]],
        "body": op.body.__name__ if op.body else "",
        "answer": model.__name__ if model else "",
        "example": _command(op),
    }


def _command(op: Operation) -> str:
    """A line for a shell that tries the operation."""
    parts = {name: value for name, value in op.example.items() if name != "body"}
    path = path_of(op)
    query = {name: value for name, value in parts.items() if f"{{{name}}}" not in path}
    for name, value in parts.items():
        path = path.replace(f"{{{name}}}", str(value))
    address = path + (f"?{urlencode(query)}" if query else "")
    words = ["curl"] + [f"-X {op.method}"] * (op.method != "GET")
    if POLICIES[f"api.{op.endpoint}"] is not Policy.PUBLIC:
        words.append("-H 'Authorization: Bearer kkh_…'")
    if 428 in op.problems:
        words.append("-H 'If-Match: \"…\"'")
    if "body" in op.example:
        words.append(f"--json '{json.dumps(op.example['body'])}'")
    return " ".join([*words, f"'{current_settings().base_url()}{address}'"])
