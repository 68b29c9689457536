"""Who may call a view, and what every answer says to the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

from flask import Flask, Request, Response, abort, redirect, request, session, url_for
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response as AnyResponse


class AccountRole(StrEnum):
    """What a person with an account is here to do."""

    OFFICER = "officer"
    ORGANISATION = "organisation"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    def lacks(self, other: AccountRole) -> tuple[Policy, ...]:
        """What a person of another role may do, and one of this role may not.

        >>> AccountRole.OFFICER.lacks(AccountRole.ADMINISTRATOR)
        (<Policy.REVIEWER: 'reviewer'>, <Policy.ADMINISTRATOR: 'administrator'>)
        """
        return tuple(policy for policy in Policy if policy.admits(other) and not policy.admits(self))


class TeamRight(StrEnum):
    """What a member may do in a team; each includes those before it."""

    VIEW = "view"
    EDIT = "edit"
    MANAGE = "manage"

    def includes(self, other: TeamRight) -> bool:
        """Whether whoever has this right may do what the other allows."""
        order = list(TeamRight)
        return order.index(self) >= order.index(other)


class Scope(StrEnum):
    """What a token of the API may be used for, as far as the role of its owner reaches."""

    READ = "read"
    SHORTLISTS_READ = "shortlists:read"
    SHORTLISTS_WRITE = "shortlists:write"
    SUBMISSIONS_WRITE = "submissions:write"
    EXPORT = "export"


class InvalidToken(Unauthorized):
    """A token was sent that is none, or does not work any more."""


class ScopeMissing(Forbidden):
    """The token was not made for this."""

    def __init__(self, missing: frozenset[Scope]) -> None:
        self.missing = missing
        super().__init__()


class Policy(StrEnum):
    """Who may call a view."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    OFFICER = "officer"
    ORGANISATION = "organisation"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    def admits(self, role: AccountRole | None) -> bool:
        """Whether a person of this role, or with None a visitor without an account, may call the view."""
        return self is Policy.PUBLIC or role in _ADMITTED[self]


_ADMITTED: Final[dict[Policy, frozenset[AccountRole]]] = {
    Policy.SIGNED_IN: frozenset(AccountRole),
    Policy.OFFICER: frozenset({AccountRole.OFFICER, AccountRole.ADMINISTRATOR}),
    Policy.ORGANISATION: frozenset({AccountRole.ORGANISATION, AccountRole.ADMINISTRATOR}),
    Policy.REVIEWER: frozenset({AccountRole.REVIEWER, AccountRole.ADMINISTRATOR}),
    Policy.ADMINISTRATOR: frozenset({AccountRole.ADMINISTRATOR}),
}

# Every endpoint. One that is missing is closed to all, and fails a test. Rights to a single shortlist, team or search
# are checked where it is read (web.store): what is not there and what is not one's own look alike.
POLICIES: Final[dict[str, Policy]] = {
    "static": Policy.PUBLIC,
    "choose": Policy.PUBLIC,
    "health.alive": Policy.PUBLIC,
    "health.ready": Policy.PUBLIC,
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
    # for other programs; with a token each also needs the scopes of the table below
    "api.search": Policy.PUBLIC,
    "api.organisations": Policy.PUBLIC,
    "api.organisation": Policy.PUBLIC,
    "api.matches": Policy.PUBLIC,
    "api.export_matches": Policy.SIGNED_IN,
    "api.organisation_programmes": Policy.PUBLIC,
    "api.match": Policy.PUBLIC,
    "api.match_programmes": Policy.PUBLIC,
    "api.programmes": Policy.PUBLIC,
    "api.programme": Policy.PUBLIC,
    "api.check": Policy.PUBLIC,
    "api.consortium": Policy.PUBLIC,
    "api.shortlists": Policy.OFFICER,
    "api.create_shortlist": Policy.OFFICER,
    "api.shortlist": Policy.OFFICER,
    "api.delete_shortlist": Policy.OFFICER,
    "api.export_shortlist": Policy.OFFICER,
    "api.add_item": Policy.OFFICER,
    "api.item": Policy.OFFICER,
    "api.save_item": Policy.OFFICER,
    "api.delete_item": Policy.OFFICER,
    "api.submission": Policy.SIGNED_IN,
    "api.save_submission": Policy.SIGNED_IN,
    "api.submit": Policy.SIGNED_IN,
    "api.openapi": Policy.PUBLIC,
    "reference.page": Policy.PUBLIC,
    "tokens.index": Policy.SIGNED_IN,
    "tokens.create": Policy.SIGNED_IN,
    "tokens.revoke": Policy.SIGNED_IN,
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
    # what organisations have sent, and what entries said before
    "reviews.index": Policy.REVIEWER,
    "reviews.decided": Policy.REVIEWER,
    "reviews.page": Policy.REVIEWER,
    "reviews.read": Policy.REVIEWER,
    "reviews.attach": Policy.REVIEWER,
    "reviews.publish": Policy.REVIEWER,
    "reviews.choose_reasons": Policy.REVIEWER,
    "reviews.give_back": Policy.REVIEWER,
    "revisions.page": Policy.REVIEWER,
    "revisions.programme": Policy.REVIEWER,
    "revisions.restore": Policy.REVIEWER,
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
    # the desks of reviewers and administrators
    "administration.review": Policy.REVIEWER,
    "administration.index": Policy.ADMINISTRATOR,
    "people.index": Policy.ADMINISTRATOR,
    "people.page": Policy.ADMINISTRATOR,
    "people.save_role": Policy.ADMINISTRATOR,
    "people.save_active": Policy.ADMINISTRATOR,
    "people.sign_out": Policy.ADMINISTRATOR,
    "people.send_reset": Policy.ADMINISTRATOR,
    "audit.index": Policy.ADMINISTRATOR,
    "audit.export": Policy.ADMINISTRATOR,
    # programmes and subjects
    "programme_editing.index": Policy.REVIEWER,
    "programme_editing.create": Policy.REVIEWER,
    "programme_editing.edit": Policy.REVIEWER,
    "taxonomy.index": Policy.REVIEWER,
    "taxonomy.page": Policy.REVIEWER,
    "taxonomy.create": Policy.REVIEWER,
    "taxonomy.changes": Policy.REVIEWER,
    "taxonomy.undo": Policy.REVIEWER,
    "taxonomy.export": Policy.REVIEWER,
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
    # one's own organisation
    "submissions.index": Policy.ORGANISATION,
    "submissions.find": Policy.ORGANISATION,
    "submissions.create": Policy.ORGANISATION,
    "submissions.claim": Policy.ORGANISATION,
    "submissions.change": Policy.ORGANISATION,
    "submissions.step": Policy.ORGANISATION,
    "submissions.save": Policy.ORGANISATION,
    "submissions.outlook": Policy.ORGANISATION,
    "submissions.send": Policy.ORGANISATION,
    "submissions.take_back": Policy.ORGANISATION,
    "submissions.seen": Policy.ORGANISATION,
    "submissions.discard": Policy.ORGANISATION,
    "submissions.text": Policy.ORGANISATION,
    "submissions.accept": Policy.ORGANISATION,
    "submissions.begin_text": Policy.ORGANISATION,
    "listings.renew": Policy.ORGANISATION,
    "listings.withdraw": Policy.ORGANISATION,
    "listings.matches": Policy.ORGANISATION,
    "listings.statistics": Policy.ORGANISATION,
    "listings.data": Policy.SIGNED_IN,
    # Whoever holds a signed link may use it, signed in or not.
    "listings.renew_by_link": Policy.PUBLIC,
    "listings.stop_by_link": Policy.PUBLIC,
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
    # expressions of interest
    "interests.index": Policy.SIGNED_IN,
    "interests.new": Policy.SIGNED_IN,
    "interests.page": Policy.SIGNED_IN,
    "interests.confirm": Policy.SIGNED_IN,
    "interests.accept": Policy.SIGNED_IN,
    "interests.decline": Policy.SIGNED_IN,
    "interests.ask": Policy.SIGNED_IN,
    "interests.withdraw": Policy.SIGNED_IN,
    "interests.undo": Policy.SIGNED_IN,
    "interests.certificate_file": Policy.SIGNED_IN,
    # Whoever holds a signed link may use it, signed in or not.
    "interests.mute": Policy.PUBLIC,
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

# What a token needs for each endpoint of the API. One that is missing is closed to all, and fails a test.
SCOPES: Final[dict[str, frozenset[Scope]]] = {
    "api.search": frozenset({Scope.READ}),
    "api.organisations": frozenset({Scope.READ}),
    "api.organisation": frozenset({Scope.READ}),
    "api.matches": frozenset({Scope.READ}),
    "api.export_matches": frozenset({Scope.EXPORT}),
    "api.organisation_programmes": frozenset({Scope.READ}),
    "api.match": frozenset({Scope.READ}),
    "api.match_programmes": frozenset({Scope.READ}),
    "api.programmes": frozenset({Scope.READ}),
    "api.programme": frozenset({Scope.READ}),
    "api.check": frozenset({Scope.READ}),
    "api.consortium": frozenset({Scope.READ}),
    "api.shortlists": frozenset({Scope.SHORTLISTS_READ}),
    "api.create_shortlist": frozenset({Scope.SHORTLISTS_WRITE}),
    "api.shortlist": frozenset({Scope.SHORTLISTS_READ}),
    "api.delete_shortlist": frozenset({Scope.SHORTLISTS_WRITE}),
    "api.export_shortlist": frozenset({Scope.EXPORT, Scope.SHORTLISTS_READ}),
    "api.add_item": frozenset({Scope.SHORTLISTS_WRITE}),
    "api.item": frozenset({Scope.SHORTLISTS_READ}),
    "api.save_item": frozenset({Scope.SHORTLISTS_WRITE}),
    "api.delete_item": frozenset({Scope.SHORTLISTS_WRITE}),
    "api.submission": frozenset({Scope.SUBMISSIONS_WRITE}),
    "api.save_submission": frozenset({Scope.SUBMISSIONS_WRITE}),
    "api.submit": frozenset({Scope.SUBMISSIONS_WRITE}),
    "api.openapi": frozenset(),
}

# Endpoints that take files, with the largest body of a request in bytes; all others take what a form needs. A file is
# read into memory whole. The server in front (web.cli) refuses what is larger than any of these.
UPLOADS: Final[dict[str, int]] = {
    "imports.create": 5 * 1024 * 1024 + 64 * 1024,
    "draft.page": 5 * 1024 * 1024,
    "draft.finish": 1024 * 1024,
    "submissions.text": 5 * 1024 * 1024,
    "submissions.accept": 1024 * 1024,
    "submissions.save": 512 * 1024,
    # No file, but a form with every rule and statement of a programme.
    "programme_editing.create": 256 * 1024,
    "programme_editing.edit": 256 * 1024,
}

# Forms of many fields, typed for long: what one of them held is shown again where its session has ended meanwhile.
KEEPS_TYPED: Final = frozenset({"submissions.save", "submissions.accept"})

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


class _Parameters(ImmutableMultiDict[str, Any]):
    """What was sent, without the character NUL: nobody types it, and no text in PostgreSQL may hold it."""

    def __init__(self, mapping: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__([(name.replace("\0", ""), _without_nul(value)) for name, value in mapping])


class _Request(Request):
    """What the application takes for a request."""

    parameter_storage_class = _Parameters


def _without_nul(value: Any) -> Any:
    if isinstance(value, FileStorage):
        value.filename = (value.filename or "").replace("\0", "")
        return value
    return value.replace("\0", "")


def init_app(
    app: Flask,
    find_role: Callable[[], AccountRole | None],
    find_scopes: Callable[[], frozenset[Scope] | None],
    *,
    is_https: bool,
) -> None:
    """Denies what the tables of policies and scopes do not allow, and adds the headers to every answer.

    ``find_scopes`` are those of the token of the request, None without one; it raises :class:`InvalidToken`.
    """
    app.request_class = _Request
    app.before_request(_check_address)
    app.before_request(lambda: _check_scopes(find_role, find_scopes) if is_api() else _check_policy(find_role))
    app.before_request(_allow_upload)
    app.after_request(_add_headers)
    if is_https:
        app.after_request(_add_transport_security)


def is_api() -> bool:
    """Whether the request is for the API: tokens count there and sessions do not, and nothing is answered as HTML."""
    return request.path.startswith("/api/")


def own_path(address: str | None) -> str | None:
    """The address, where it is a path on this site: what a person may be sent on to. Nothing else ever is.

    >>> own_path("/en/search?q=a"), own_path("//evil.example"), own_path("https://evil.example/")
    ('/en/search?q=a', None, None)
    """
    # Browsers read a backslash as a slash and drop control characters.
    if not address or not address.isprintable() or "\\" in address:
        return None
    return address if address.startswith("/") and not address.startswith("//") else None


def _check_address() -> None:
    if len(request.path) + len(request.query_string) > _LONGEST_ADDRESS:
        abort(414)
    if "\0" in request.path:
        abort(404)


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
    if request.endpoint in KEEPS_TYPED and request.form:
        abort(401)
    # What a form held is lost on the way, so back to the page it was on.
    here = request.full_path.removesuffix("?") if request.method in {"GET", "HEAD"} else _page_before()
    return redirect(url_for("accounts.sign_in", next=here), 303)


def _check_scopes(
    find_role: Callable[[], AccountRole | None], find_scopes: Callable[[], frozenset[Scope] | None]
) -> None:
    endpoint = request.endpoint
    if endpoint is None:
        return
    if endpoint not in POLICIES or endpoint not in SCOPES:
        abort(403)
    held = find_scopes()
    if held is not None and not held >= SCOPES[endpoint]:
        raise ScopeMissing(SCOPES[endpoint] - held)
    if not POLICIES[endpoint].admits(find_role()):
        abort(401 if held is None else 403)


def _page_before() -> str | None:
    site = request.host_url.removesuffix("/")
    return own_path(request.referrer.removeprefix(site)) if (request.referrer or "").startswith(site + "/") else None


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # A session means nothing to the API; looking into it would make its answers differ by cookie.
    if not is_api() and "user" in session:
        # What a person saw must not come back from a shared browser's memory after signing out.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _add_transport_security(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
