"""Answers as JSON: with an ETag, links to the other pages of a list, and what may be kept of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, json, request

from web.api.asked import Paged
from web.api.contract import JSON
from web.matching import Board
from web.problems import DataChanged


def one(content: Any, *, status: int = 200, etag: str | None = None) -> Response:
    """A single thing; ``etag`` is that of its version, where it has one."""
    return written(dumped(content), status=status, etag=etag)


def dumped(content: Any) -> str:
    """The JSON that is sent: a byte less a value counts in a list of hundreds."""
    return json.dumps(content, separators=(",", ":"), sort_keys=False)


def etag_of(text: str) -> str:
    """What changes with every byte of an answer."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def written(text: str, *, status: int = 200, etag: str | None = None) -> Response:
    """What is JSON already. An answer to a write has the ETag of its version, so that the next change can name it."""
    response = Response(text, status, content_type=JSON)
    if request.method in {"GET", "HEAD"}:
        response.set_etag(etag or etag_of(text))
        response.make_conditional(request)
    elif etag is not None:
        response.set_etag(etag)
    return response


def of_board(board: Board, **content: Any) -> Response:
    """What follows from the data alone, with the snapshot it follows from."""
    return one({"snapshot": board.corpus.snapshot_id} | content)


def check_edition(board: Board, query: Paged) -> None:
    """Raises :class:`~web.problems.DataChanged` where the first page was made from other data than there is now."""
    if query.edition is not None and query.edition != board.version:
        raise DataChanged


def linked(response: Response, query: Paged, total: int, edition: int | None = None) -> Response:
    """The links to the other pages (RFC 8288); they hold on to the data of this one."""
    last = max(-(-total // query.per_page), 1)
    pages = {"first": 1, "prev": query.page - 1, "next": query.page + 1, "last": last}
    kept = [(n, v) for n, v in request.args.items(multi=True) if n not in {"page", "edition"}]
    held = [("edition", edition)] if edition is not None else []

    def address(page: int) -> str:
        return f"{request.path}?{urlencode([*kept, *held, ('page', page)])}"

    links = [f'<{address(n)}>; rel="{rel}"' for rel, n in pages.items() if 1 <= n <= last]
    response.headers["Link"] = ", ".join(links)
    return response


def paged(query: Paged, total: int, rows: Sequence[Any], name: str) -> dict[str, Any]:
    """What every list says of itself."""
    return {"total": total, "page": query.page, "per_page": query.per_page, name: rows}
