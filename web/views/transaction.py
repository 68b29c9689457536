"""The one place where a request commits."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import make_response, request

from web.extensions import db

_P = ParamSpec("_P")
_R = TypeVar("_R")

_WRITING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def commit_after(view: Callable[_P, _R]) -> Callable[_P, _R]:
    """Commits what the view wrote when it returns from a POST, or another method that writes; GET never writes.

    An exception takes it back, and so does an answer that says something is wrong: nothing is ever half done.
    """

    @wraps(view)
    def committing(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            answer = view(*args, **kwargs)
            is_done = request.method in _WRITING and make_response(answer).status_code < 400
        except BaseException:
            db.session.rollback()
            raise
        if is_done:
            db.session.commit()
        else:
            db.session.rollback()
        return answer

    committing.commits = True  # type: ignore[attr-defined]
    return committing
