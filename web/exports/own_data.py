"""All that is kept of one person and their organisation, as plain values for a file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matcher.document import profile_document
from web.store import interests, showings, submissions
from web.store.accounts import Account
from web.store.interests import Seen

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def collect(session: Session, account: Account) -> dict[str, Any]:
    """Account, working copy, published profile, how often it was shown, and expressions of interest."""
    submission = submissions.find_submission(session, owner_id=account.id)
    kept = submissions.find_kept(session, account_id=account.id)
    found: dict[str, Any] = {
        "account": {
            "id": account.id, "email": account.email, "name": account.name, "role": account.role, "lang": account.lang,
            "created_at": account.created_at, "last_seen_at": account.last_seen_at,
        },
        "submission": asdict(submission) if submission else None,
        "listing": asdict(kept) if kept else None,
        "profile": None,
        "showings": [],
    }  # fmt: skip
    if kept:
        found["profile"] = profile_document(submissions.get_entry_profile(session, entry_id=kept.entry_id))
        found["showings"] = [asdict(s) for s in showings.list_showings(session, entry_id=kept.entry_id)]
    found["interests"] = [_interest(session, seen) for seen in interests.list_own(session, account_id=account.id)]
    plain: dict[str, Any] = _plain(found)
    return plain


def _interest(session: Session, seen: Seen) -> dict[str, Any]:
    """An expression of interest as the person may know it: no id of an organisation that is anonymous to them."""
    interest = seen.interest

    def side(entry_id: str) -> str:
        listing = submissions.find_listing(session, entry_id=entry_id)
        return listing.address if listing and not seen.knows_names else entry_id

    return {
        "id": interest.id, "place": seen.place, "from": side(interest.from_id), "to": side(interest.to_id),
        "relation": interest.relation, "reason": interest.reason, "status": interest.status,
        "messages": [{"is_own": m.is_own, "text": m.text, "written_at": m.written_at} for m in seen.messages],
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """Nested values as JSON has them."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
