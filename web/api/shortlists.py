"""Shortlists of the token's owner and of the owner's teams."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from flask import Response, url_for

from web.api import answers, schemas
from web.api.asked import ItemChange, NewItem, NewShortlist, ShortlistsQuery
from web.api.contract import N_, operation
from web.auth import require_user
from web.extensions import db
from web.matching import current_board
from web.problems import FieldFault, Invalid, NoRelation, check_version
from web.security import TeamRight
from web.store import desk
from web.store.desk import Edit, Head, Item, Shortlist, Status, UnknownShortlist
from web.store.snapshots import Snapshot
from web.views.transaction import commit_after

_SHORTLIST = {"shortlist_id": "00000000-0000-4000-8000-000000000001"}
_ITEM = _SHORTLIST | {"item_id": "00000000-0000-4000-8000-000000000002"}


@operation(
    "GET", "/shortlists", tag="shortlists", summary=N_("Your shortlists and those of your teams"),
    query=ShortlistsQuery, answers={200: schemas.Shortlists},
)  # fmt: skip
def shortlists(query: ShortlistsQuery) -> Response:
    """By title."""
    listings = desk.list_shortlists(db.session, require_user(), today=_today())
    shown = [x for x in listings if x.head.deleted_at is None and (query.archived or x.head.archived_at is None)]
    start = (query.page - 1) * query.per_page
    rows = [
        _head(x.head) | {"total": x.total, "overdue": x.overdue, "counts": x.counts}
        for x in shown[start : start + query.per_page]
    ]
    answer = answers.one(answers.paged(query, len(shown), rows, "shortlists"))
    return answers.linked(answer, query, len(shown))


@operation(
    "POST", "/shortlists", tag="shortlists", summary=N_("Make a shortlist"), body=NewShortlist,
    answers={201: schemas.ShortlistAnswer}, problems=(409,), example={"body": {"title": "Robots for elder care"}},
)  # fmt: skip
@commit_after
def create_shortlist(body: NewShortlist) -> Response:
    """Empty, and seen by its maker or by a team."""
    user = require_user()
    if body.team is not None and body.team not in {team.id for team in desk.list_teams(db.session, user)}:
        raise Invalid([FieldFault("team", "team")])
    made = desk.save_shortlist(db.session, user, title=body.title, team_id=body.team)
    answer = answers.one(_shortlist(desk.get_shortlist(db.session, user, shortlist_id=made)), status=201)
    answer.headers["Location"] = url_for(".shortlist", shortlist_id=made)
    return answer


@operation(
    "GET", "/shortlists/<uuid:shortlist_id>", tag="shortlists", summary=N_("One shortlist with its matches"),
    answers={200: schemas.ShortlistAnswer}, problems=(404,), example=_SHORTLIST,
)  # fmt: skip
def shortlist(shortlist_id: uuid.UUID) -> Response:
    """In their order."""
    return answers.one(_shortlist(desk.get_shortlist(db.session, require_user(), shortlist_id=shortlist_id)))


@operation(
    "DELETE", "/shortlists/<uuid:shortlist_id>", tag="shortlists",
    summary=N_("Delete a shortlist; on its page it can be brought back for 30 days"),
    answers={204: None}, problems=(404, 412), example=_SHORTLIST,
)  # fmt: skip
@commit_after
def delete_shortlist(shortlist_id: uuid.UUID) -> Response:
    """Whoever may manage it."""
    kept = desk.get_shortlist(db.session, require_user(), shortlist_id=shortlist_id, right=TeamRight.MANAGE)
    check_version(answers.etag_of(answers.dumped(_shortlist(kept))))
    desk.delete_shortlist(db.session, require_user(), shortlist_id=shortlist_id)
    return Response(status=204)


@operation(
    "POST", "/shortlists/<uuid:shortlist_id>/items", tag="shortlists",
    summary=N_("Put a match on a shortlist, as it is now"), body=NewItem,
    answers={200: schemas.ItemAnswer, 201: schemas.ItemAnswer}, problems=(404, 409, 410),
    example=_SHORTLIST | {"body": {"seeker": "kinova", "partner": "cyberdyne"}},
    description=N_("A pair that is there already, in either direction, stays as it is: the answer is 200, not 201."),
)  # fmt: skip
@commit_after
def add_item(shortlist_id: uuid.UUID, body: NewItem) -> Response:
    """In the relation asked for, or in the one that fits best."""
    user, board = require_user(), current_board()
    added = desk.save_new_item(
        db.session, user, shortlist_id=shortlist_id, snapshot=_snapshot(body), corpus_id=board.corpus.snapshot_id,
        matcher_version=board.matcher_version,
    )  # fmt: skip
    answer = _answer(desk.get_item(db.session, user, item_id=added.item_id)[1], 201 if added.is_new else 200)
    answer.headers["Location"] = url_for(".item", shortlist_id=shortlist_id, item_id=added.item_id)
    return answer


@operation(
    "GET", "/shortlists/<uuid:shortlist_id>/items/<uuid:item_id>", tag="shortlists",
    summary=N_("One match on a shortlist, with its reasons of that day"), answers={200: schemas.ItemAnswer},
    problems=(404,), example=_ITEM,
)  # fmt: skip
def item(shortlist_id: uuid.UUID, item_id: uuid.UUID) -> Response:
    """Its ETag is what a change has to name."""
    return _answer(_found(shortlist_id, item_id)[1])


@operation(
    "PATCH", "/shortlists/<uuid:shortlist_id>/items/<uuid:item_id>", tag="shortlists",
    summary=N_("Change status, note or next step of a match"), body=ItemChange, answers={200: schemas.ItemAnswer},
    problems=(404, 412, 428), example=_ITEM | {"body": {"status": "contacted", "next_step": "Call on Monday"}},
    description=N_("Send the ETag that you read in If-Match: where somebody has saved since, the answer is 412."),
)  # fmt: skip
@commit_after
def save_item(shortlist_id: uuid.UUID, item_id: uuid.UUID, body: ItemChange) -> Response:
    """What is not named stays."""
    kept, found = _found(shortlist_id, item_id, TeamRight.EDIT)
    check_version(_etag(found), is_needed=True)
    edit = _edited(body, kept, found)
    desk.save_item(db.session, require_user(), item_id=item_id, version=found.version, edit=edit)
    return _answer(desk.get_item(db.session, require_user(), item_id=item_id)[1])


@operation(
    "DELETE", "/shortlists/<uuid:shortlist_id>/items/<uuid:item_id>", tag="shortlists",
    summary=N_("Take a match off a shortlist"), answers={204: None}, problems=(404, 412), example=_ITEM,
)  # fmt: skip
@commit_after
def delete_item(shortlist_id: uuid.UUID, item_id: uuid.UUID) -> Response:
    """On the page of the shortlist it can be brought back."""
    _kept, found = _found(shortlist_id, item_id, TeamRight.EDIT)
    check_version(_etag(found))
    desk.delete_item(db.session, require_user(), item_id=item_id)
    return Response(status=204)


# --- within -----------------------------------------------------------------------------------------------------------


def _today() -> date:
    return datetime.now(UTC).date()


def _found(shortlist_id: uuid.UUID, item_id: uuid.UUID, right: TeamRight = TeamRight.VIEW) -> tuple[Shortlist, Item]:
    kept, found = desk.get_item(db.session, require_user(), item_id=item_id, right=right)
    if found.shortlist_id != shortlist_id:
        raise UnknownShortlist(str(item_id))
    return kept, found


def _snapshot(wanted: NewItem) -> Snapshot:
    board = current_board()
    best = board.pair(wanted.seeker, wanted.partner)
    if wanted.relation not in (None, *board.relations(wanted.seeker, wanted.partner)):
        raise NoRelation(wanted.relation)
    chosen = board.pair_as(wanted.seeker, wanted.partner, wanted.relation)
    return Snapshot.of(chosen, *board.parties(chosen), best.match.relation)


def _edited(change: ItemChange, kept: Shortlist, now: Item) -> Edit:
    """The follow-up as it shall be; a reason is kept only with what was declined, and is needed there."""
    named = {("assignee_id" if name == "assignee" else name): getattr(change, name) for name in change.model_fields_set}
    edit = replace(now.edit, **named)
    if edit.assignee_id not in (None, now.edit.assignee_id, *(p.id for p in kept.people)):
        raise Invalid([FieldFault("assignee", "person")])
    if edit.status is not Status.DECLINED:
        return replace(edit, refusal=None, refusal_note="")
    if edit.refusal is None:
        raise Invalid([FieldFault("refusal", "required")])
    return edit


def _etag(found: Item) -> str:
    return f"{found.id}.{found.version}"


def _answer(found: Item, status: int = 200) -> Response:
    content = _item(found) | {"explanation": dict(found.snapshot.match)}
    return answers.one(content, status=status, etag=_etag(found))


def _item(found: Item) -> dict[str, Any]:
    return {
        "id": found.id,
        "shortlist": found.shortlist_id,
        "seeker": found.seeker_id,
        "partner": found.partner_id,
        "relation": found.relation,
        "fit": found.snapshot.fit,
        "band": found.snapshot.band,
        "status": found.status,
        "refusal": found.refusal,
        "refusal_note": found.refusal_note,
        "note": found.note,
        "next_step": found.next_step,
        "next_step_on": found.next_step_on and found.next_step_on.isoformat(),
        "assignee": found.assignee and found.assignee.id,
        "snapshot": found.corpus_id,
        "matcher_version": found.matcher_version,
        "created_at": found.created_at.isoformat(),
        "version": found.version,
    }


def _head(head: Head) -> dict[str, Any]:
    return {
        "id": head.id,
        "title": head.title,
        "owner": {"id": head.owner.id, "name": head.owner.name},
        "team": head.team and {"id": head.team.id, "name": head.team.name},
        "right": head.right,
        "created_at": head.created_at.isoformat(),
        "archived_at": head.archived_at and head.archived_at.isoformat(),
    }


def _shortlist(kept: Shortlist) -> dict[str, Any]:
    counts = {s: n for s in Status if (n := sum(i.status is s for i in kept.items))}
    return _head(kept.head) | {
        "total": len(kept.items),
        "overdue": sum(i.is_overdue(_today()) for i in kept.items),
        "counts": counts,
        "people": [{"id": p.id, "name": p.name} for p in kept.people],
        "items": [_item(i) for i in kept.items],
    }
