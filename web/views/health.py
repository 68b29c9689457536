"""Whether this process is alive and can serve, for whoever watches it: no language, no limit, no line in the log."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from web.extensions import db
from web.matching import Boards
from web.store import schema

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """The process answers. Asks nobody else: a database that is away is no reason to restart the server."""
    return jsonify(alive=True)


@bp.get("/readyz")
def ready() -> tuple[Response, int]:
    """Whether pages can be served; each check by its name and no more, since anybody may look."""
    checks = _checks()
    is_ready = all(checks.values())
    return jsonify(ready=is_ready, checks=checks), 200 if is_ready else 503


@bp.after_request
def uncached(response: Response) -> Response:
    """An answer is about this very moment."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _checks() -> dict[str, bool]:
    boards: Boards = current_app.extensions["kakehashi.boards"]
    is_reachable = schema.is_reachable(db.session)
    # A later release may have migrated the database already: migrations are safe with the one before.
    is_migrated = is_reachable and schema.find_migration(db.session) >= schema.latest()
    return {"database": is_reachable, "migrations": is_migrated, "corpus": boards.is_fitted}
