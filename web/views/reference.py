"""The documentation of the API as a page, made from its description."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.api.access import PER_ADDRESS, PER_TOKEN
from web.api.openapi import document, sections
from web.i18n.problems import FIELD_FAULTS, PROBLEMS

bp = Blueprint("reference", __name__)


@bp.get("/api")
def page() -> str:
    """Every operation with what it takes and answers, every problem, and how to sign in."""
    return render_template(
        "api/page.html", description=document(), sections=sections(), problems=PROBLEMS, faults=FIELD_FAULTS,
        per_token=PER_TOKEN, per_address=PER_ADDRESS,
    )  # fmt: skip
