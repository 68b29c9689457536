"""Who may call a view, and what every answer says to the browser."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from flask import Flask, Response, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse


class AccountRole(StrEnum):
    """What a person with an account is here to do."""

    OFFICER = "officer"
    ORGANISATION = "organisation"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


class TeamRight(StrEnum):
    """What a member may do in a team; each includes those before it."""

    VIEW = "view"
    EDIT = "edit"
    MANAGE = "manage"

    def includes(self, other: TeamRight) -> bool:
        """Whether whoever has this right may do what the other allows."""
        order = list(TeamRight)
        return order.index(self) >= order.index(other)


class Policy(StrEnum):
    """Who may call a view."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    OFFICER = "officer"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    def admits(self, role: AccountRole | None) -> bool:
        """Whether a person of this role, or with None a visitor without an account, may call the view."""
        return self is Policy.PUBLIC or role in _ADMITTED[self]


_ADMITTED: Final[dict[Policy, frozenset[AccountRole]]] = {
    Policy.SIGNED_IN: frozenset(AccountRole),
    Policy.OFFICER: frozenset({AccountRole.OFFICER, AccountRole.ADMINISTRATOR}),
    Policy.REVIEWER: frozenset({AccountRole.REVIEWER, AccountRole.ADMINISTRATOR}),
    Policy.ADMINISTRATOR: frozenset({AccountRole.ADMINISTRATOR}),
}

# Every endpoint. One that is missing is closed to all, and fails a test. Rights to a single shortlist, team or search
# are checked where it is read (web.store): what is not there and what is not one's own look alike.
POLICIES: Final[dict[str, Policy]] = {
    "static": Policy.PUBLIC,
    "choose": Policy.PUBLIC,
    "home.index": Policy.PUBLIC,
    "home.about": Policy.PUBLIC,
    "search.results": Policy.PUBLIC,
    "search.suggest": Policy.PUBLIC,
    "compare.page": Policy.PUBLIC,
    "recent.clear": Policy.PUBLIC,
    "organisations.page": Policy.PUBLIC,
    "organisations.partners": Policy.PUBLIC,
    "matches.page": Policy.PUBLIC,
    "matches.why_not": Policy.PUBLIC,
    "matches.find_why": Policy.PUBLIC,
    "matches.names": Policy.PUBLIC,
    "programmes.index": Policy.PUBLIC,
    "programmes.page": Policy.PUBLIC,
    "programmes.check": Policy.PUBLIC,
    "programmes.consortium": Policy.PUBLIC,
    "programmes.calendar": Policy.PUBLIC,
    "programmes.programme_calendar": Policy.PUBLIC,
    "organisations.programmes": Policy.PUBLIC,
    "quality.page": Policy.PUBLIC,
    # for other programs
    "api.programmes": Policy.PUBLIC,
    "api.programme": Policy.PUBLIC,
    "api.organisation": Policy.PUBLIC,
    "api.pair": Policy.PUBLIC,
    "api.check": Policy.PUBLIC,
    "api.consortium": Policy.PUBLIC,
    # pictures
    "pictures.heat_map": Policy.PUBLIC,
    "pictures.network": Policy.PUBLIC,
    "pictures.dashboard": Policy.OFFICER,
    # exports
    "exports.ranking": Policy.PUBLIC,
    "exports.match": Policy.PUBLIC,
    "exports.shortlist": Policy.OFFICER,
    # one organisation twice
    "duplicates.index": Policy.REVIEWER,
    "duplicates.preview": Policy.REVIEWER,
    "duplicates.merge": Policy.REVIEWER,
    "duplicates.decide": Policy.REVIEWER,
    "duplicates.undo": Policy.REVIEWER,
    # shortlists and introductions
    "shortlists.index": Policy.OFFICER,
    "shortlists.create": Policy.OFFICER,
    "shortlists.page": Policy.OFFICER,
    "shortlists.save": Policy.OFFICER,
    "shortlists.order": Policy.OFFICER,
    "shortlists.archive": Policy.OFFICER,
    "shortlists.delete": Policy.OFFICER,
    "shortlists.restore": Policy.OFFICER,
    "shortlists.choose": Policy.OFFICER,
    "shortlists.add": Policy.OFFICER,
    "shortlists.item": Policy.OFFICER,
    "shortlists.save_item": Policy.OFFICER,
    "shortlists.delete_item": Policy.OFFICER,
    "shortlists.restore_item": Policy.OFFICER,
    "introductions.page": Policy.PUBLIC,
    "introductions.save": Policy.PUBLIC,
    # accounts
    "accounts.sign_up": Policy.PUBLIC,
    "accounts.mail_sent": Policy.PUBLIC,
    "accounts.verify": Policy.PUBLIC,
    "accounts.sign_in": Policy.PUBLIC,
    "accounts.sign_out": Policy.PUBLIC,
    "accounts.sign_out_everywhere": Policy.SIGNED_IN,
    "accounts.forgotten": Policy.PUBLIC,
    "accounts.reset": Policy.PUBLIC,
    "accounts.page": Policy.SIGNED_IN,
    "accounts.save_profile": Policy.SIGNED_IN,
    "accounts.save_password": Policy.SIGNED_IN,
    "accounts.delete": Policy.SIGNED_IN,
    "oidc.start": Policy.PUBLIC,
    "oidc.finish": Policy.PUBLIC,
    "oidc_callback": Policy.PUBLIC,
    "people.index": Policy.ADMINISTRATOR,
    "people.save_role": Policy.ADMINISTRATOR,
    "people.save_active": Policy.ADMINISTRATOR,
    # teams
    "teams.index": Policy.OFFICER,
    "teams.page": Policy.OFFICER,
    "teams.invite": Policy.OFFICER,
    "teams.join": Policy.OFFICER,
    "teams.rename": Policy.OFFICER,
    "teams.save_right": Policy.OFFICER,
    "teams.remove": Policy.OFFICER,
    "teams.leave": Policy.OFFICER,
    "teams.delete": Policy.OFFICER,
    # drafting from text
    "draft.page": Policy.SIGNED_IN,
    "draft.begin": Policy.SIGNED_IN,
    "draft.finish": Policy.SIGNED_IN,
    # importing organisations from files
    "imports.index": Policy.REVIEWER,
    "imports.create": Policy.REVIEWER,
    "imports.template_file": Policy.REVIEWER,
    "imports.page": Policy.REVIEWER,
    "imports.reread": Policy.REVIEWER,
    "imports.choose": Policy.REVIEWER,
    "imports.accept": Policy.REVIEWER,
    "imports.delete": Policy.REVIEWER,
    "imports.undo": Policy.REVIEWER,
    # judgements, and what the matcher learned from them
    "judgements.index": Policy.OFFICER,
    "judgements.save": Policy.OFFICER,
    "judgements.page": Policy.OFFICER,
    "judgements.show": Policy.OFFICER,
    "judgements.withdraw": Policy.OFFICER,
    "judgements.restore": Policy.OFFICER,
    "combinations.index": Policy.ADMINISTRATOR,
    "combinations.activate": Policy.ADMINISTRATOR,
    "combinations.rollback": Policy.ADMINISTRATOR,
    # saved searches and alerts
    "searches.index": Policy.SIGNED_IN,
    "searches.new": Policy.SIGNED_IN,
    "searches.page": Policy.SIGNED_IN,
    "searches.trim": Policy.SIGNED_IN,
    "searches.restore": Policy.SIGNED_IN,
    "searches.renew_feed": Policy.SIGNED_IN,
    "searches.delete": Policy.SIGNED_IN,
    "searches.undelete": Policy.SIGNED_IN,
    # Whoever holds a signed link or the secret address of a feed may use it, signed in or not.
    "searches.dismiss_by_link": Policy.PUBLIC,
    "searches.stop_by_link": Policy.PUBLIC,
    "searches.feed": Policy.PUBLIC,
}

# Endpoints that take files, with the largest body of a request in bytes; all others take what a form needs. A file is
# read into memory whole. The server in front (web.cli) refuses what is larger than any of these.
UPLOADS: Final[dict[str, int]] = {
    "imports.create": 5 * 1024 * 1024 + 64 * 1024,
    "draft.page": 5 * 1024 * 1024,
    "draft.finish": 1024 * 1024,
}

# More than any search, comparison or choice of an export needs: each link of a page may repeat it.
_LONGEST_ADDRESS: Final = 16 * 1024

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def init_app(app: Flask, find_role: Callable[[], AccountRole | None], *, is_https: bool) -> None:
    """Denies what the table of policies does not allow, and adds the headers to every answer."""
    app.before_request(_check_length)
    app.before_request(lambda: _check_policy(find_role))
    app.before_request(_allow_upload)
    app.after_request(_add_headers)
    if is_https:
        app.after_request(_add_transport_security)


def own_path(address: str | None) -> str | None:
    """The address, where it is a path on this site: what a person may be sent on to. Nothing else ever is.

    >>> own_path("/en/search?q=a"), own_path("//evil.example"), own_path("https://evil.example/")
    ('/en/search?q=a', None, None)
    """
    # Browsers read a backslash as a slash and drop control characters.
    if not address or not address.isprintable() or "\\" in address:
        return None
    return address if address.startswith("/") and not address.startswith("//") else None


def _check_length() -> None:
    if len(request.path) + len(request.query_string) > _LONGEST_ADDRESS:
        abort(414)


def _allow_upload() -> None:
    # After the policy: nobody sends a large body to what they may not call. Before the token is read from the form.
    if (largest := UPLOADS.get(request.endpoint or "")) is not None:
        request.max_content_length = request.max_form_memory_size = largest


def _check_policy(find_role: Callable[[], AccountRole | None]) -> AnyResponse | None:
    if request.endpoint is None:
        return None
    policy = POLICIES.get(request.endpoint)
    if policy is None:
        abort(403)
    if policy is Policy.PUBLIC:
        return None
    role = find_role()
    if policy.admits(role):
        return None
    if role is not None:
        abort(403)
    # What a form held is lost on the way, so back to the page it was on.
    here = request.full_path.removesuffix("?") if request.method in {"GET", "HEAD"} else _page_before()
    return redirect(url_for("accounts.sign_in", next=here), 303)


def _page_before() -> str | None:
    site = request.host_url.removesuffix("/")
    return own_path(request.referrer.removeprefix(site)) if (request.referrer or "").startswith(site + "/") else None


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "user" in session:
        # What a person saw must not come back from a shared browser's memory after signing out.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _add_transport_security(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
