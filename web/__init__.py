"""The web application: ``create_app`` and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from web.config import Settings


def create_app(settings: Settings | None = None, *, needs_secret: bool = True) -> Flask:
    """An application on the given settings, or on those of the environment.

    Raises ``UnsafeSettings`` where it must not be served on them. Without ``needs_secret``, for commands that neither
    serve nor sign anything, it takes any.
    """
    # Imported here so that commands which need no server start fast.
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from web import api, auth, i18n, logs, matching, security, views
    from web.config import Settings
    from web.extensions import csrf, init_database, limiter

    settings = settings or Settings()
    if needs_secret:
        settings.check()
    settings.instance_folder.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["kakehashi.settings"] = settings
    logs.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    init_database(app, settings.database(), connections=settings.threads)
    i18n.init_app(app)
    auth.init_app(app, settings)
    # The policy first: whoever may not call a view learns nothing about its forms or limits.
    security.init_app(app, auth.current_role, auth.current_scopes, is_https=settings.is_https)
    csrf.init_app(app)
    limiter.init_app(app)
    app.extensions["kakehashi.boards"] = boards = matching.Boards(settings)
    app.extensions[i18n.TAXONOMY] = boards.taxonomy
    views.init_app(app)
    api.init_app(app)
    return app
