"""The profile of one's own organisation, as a working copy that reviewers publish."""

from __future__ import annotations

from typing import Any

from flask import Response

from matcher.document import InvalidDocument, parse_profile
from web.api import answers, schemas
from web.api.asked import SubmissionChange
from web.api.contract import N_, operation
from web.auth import require_user
from web.extensions import db
from web.problems import FieldFault, Invalid, check_version
from web.store import submissions
from web.store.submissions import Contact, Submission, UnknownSubmission
from web.views.transaction import commit_after

_DOCUMENT = {
    "id": "erable-robotics", "country": "CA", "kind": "startup", "names": {"en": "Érable Robotics Inc."},
    "statements": [{"id": "c1", "role": "capability", "lang": "en", "text": "Makes light arms for wheelchairs."}],
}  # fmt: skip


@operation(
    "GET", "/submission", tag="submission", summary=N_("Your working copy, with what is still wrong with it"),
    answers={200: schemas.SubmissionAnswer}, problems=(404,),
)  # fmt: skip
def submission() -> Response:
    """One a person."""
    return _answer(_own())


@operation(
    "PUT", "/submission", tag="submission", summary=N_("Begin the working copy, or replace it"), body=SubmissionChange,
    answers={200: schemas.SubmissionAnswer, 201: schemas.SubmissionAnswer}, problems=(409, 412, 428),
    example={"body": {"document": _DOCUMENT}},
    description=N_("Anything is kept, finished or not; “faults” says what has to be mended before it can be sent in."),
)  # fmt: skip
@commit_after
def save_submission(body: SubmissionChange) -> Response:
    """Where there is one, only whoever has read it may replace it."""
    owner = require_user().id
    found = submissions.find_submission(db.session, owner_id=owner)
    if found is not None:
        check_version(_etag(found), is_needed=True)
    status = 200 if found else 201
    if found is None:
        kept = submissions.find_kept(db.session, account_id=owner)
        entry_id = kept.entry_id if kept else None
        found = submissions.save_new_submission(db.session, owner_id=owner, document=body.document, entry_id=entry_id)
    contact = Contact(body.contact.name, body.contact.email)
    saved = submissions.save_draft(
        db.session, owner_id=owner, version=found.version, document=body.document, is_anonymous=body.is_anonymous,
        contact=contact, evidence=body.evidence,
    )  # fmt: skip
    return _answer(saved, status)


@operation(
    "POST", "/submission/submit", tag="submission", summary=N_("Send the working copy to the reviewers"),
    answers={200: schemas.SubmissionAnswer}, problems=(404, 409, 412, 428),
)  # fmt: skip
@commit_after
def submit() -> Response:
    """Only without faults."""
    found = _own()
    check_version(_etag(found), is_needed=True)
    if faults := _faults(found):
        raise Invalid(faults)
    return _answer(submissions.save_submitted(db.session, owner_id=found.owner_id, version=found.version))


def _own() -> Submission:
    found = submissions.find_submission(db.session, owner_id=require_user().id)
    if found is None:
        raise UnknownSubmission
    return found


def _faults(found: Submission) -> tuple[FieldFault, ...]:
    """What keeps the document from being a profile."""
    try:
        parse_profile(dict(found.document))
    except InvalidDocument as error:
        return tuple(FieldFault(f.field, f.code) for f in error.faults)
    return ()


def _etag(found: Submission) -> str:
    return f"{found.id}.{found.version}"


def _answer(found: Submission, status: int = 200) -> Response:
    content: dict[str, Any] = {
        "organisation": found.entry_id,
        "status": found.status,
        "document": dict(found.document),
        "is_anonymous": found.is_anonymous,
        "contact": {"name": found.contact.name, "email": found.contact.email},
        "evidence": found.evidence,
        "comments": [{"objection": c.objection, "place": c.place, "note": c.note} for c in found.comments],
        "faults": [{"field": f.field, "code": f.code} for f in _faults(found)],
        "version": found.version,
        "saved_at": found.saved_at.isoformat(),
        "submitted_at": found.submitted_at and found.submitted_at.isoformat(),
    }
    return answers.one(content, status=status, etag=_etag(found))
