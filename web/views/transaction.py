"""The one place where a request commits."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import request

from web.extensions import db

_P = ParamSpec("_P")
_R = TypeVar("_R")

_WRITING: Final = frozenset({"POST"})


def commit_after(view: Callable[_P, _R]) -> Callable[_P, _R]:
    """Commits what the view wrote when it returns from a POST, and takes it back when it fails; GET never writes."""

    @wraps(view)
    def committing(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            answer = view(*args, **kwargs)
        except BaseException:
            db.session.rollback()
            raise
        if request.method in _WRITING:
            db.session.commit()
        return answer

    committing.commits = True  # type: ignore[attr-defined]
    return committing
