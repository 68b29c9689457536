"""Flask extensions, bound to an application in ``create_app``."""

from __future__ import annotations

from flask_babel import Babel
from flask_sqlalchemy_lite import SQLAlchemy

db = SQLAlchemy()
babel = Babel()
