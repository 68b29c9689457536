"""A mail that introduces one organisation to another: drafted, edited, downloaded; never sent or kept."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from web.forms import desk as forms
from web.introductions import introduce, is_whole, mailto, unsettled
from web.matching import current_board

bp = Blueprint("introductions", __name__)


@bp.get("/matches/<seeker_id>/<partner_id>/introduction")
def page(seeker_id: str, partner_id: str) -> str:
    """A draft in the language and to the side asked for."""
    return _render(seeker_id, partner_id, None)


@bp.post("/matches/<seeker_id>/<partner_id>/introduction")
def save(seeker_id: str, partner_id: str) -> str | Response:
    """The edited text as a file, or the page again with it. Nothing is stored."""
    letter = forms.read_letter(request.form)
    if request.form.get("do") != "download":
        return _render(seeker_id, partner_id, letter)
    board = current_board()
    name = f"{board.profile(seeker_id).id}-{board.profile(partner_id).id}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(letter.as_file(), mimetype="text/plain", headers=headers)


def _render(seeker_id: str, partner_id: str, letter: forms.Letter | None) -> str:
    board, choice = current_board(), forms.read_introduction(request.args)
    why = board.pair_as(seeker_id, partner_id, choice.relation)
    seeker, partner = board.parties(why)
    draft = introduce(why, seeker, partner, to=choice.side, lang=choice.lang)
    subject, body = (letter.subject, letter.body) if letter else (draft.subject, draft.body)
    return render_template(
        "shortlists/introduction.html", draft=draft, seeker=seeker, partner=partner, to=choice.to, subject=subject,
        relation=choice.relation.value if choice.relation else None, body=body, left=unsettled(body, choice.lang),
        mailto=mailto(subject, body), is_whole=is_whole(subject, body),
    )  # fmt: skip
