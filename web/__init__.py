"""The web application: ``create_app`` and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from web.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """An application on the given settings, or on those of the environment."""
    # Imported here so that commands which need no server start fast.
    from flask import Flask

    from web import i18n, matching, security, views
    from web.config import Settings
    from web.extensions import db

    settings = settings or Settings()
    settings.instance_folder.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_ENGINES={"default": settings.database()},
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    db.init_app(app)
    i18n.init_app(app)
    app.extensions["kakehashi.boards"] = matching.Boards(settings)
    views.init_app(app)
    security.init_app(app)
    return app
