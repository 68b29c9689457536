"""What is new in a saved search: the digest that mail brings, the feed, and the signed links in both.

Days and weeks are those of the calendar in UTC: a daily search is due once on each date, a weekly one once in each ISO
week, with the first run from Monday on.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, url_for
from flask_babel import force_locale, gettext, ngettext
from flask_babel import lazy_gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from matcher.explain import Explanation
from matcher.match import Where
from matcher.profile import Country, Profile, Role, Statement
from web import i18n, mail
from web.config import current_settings
from web.facets import chosen_values
from web.matching import Board, Listing, Sort, UnknownEntry
from web.store import accounts, judgements, searches
from web.store.judgements import Judgement
from web.store.searches import Frequency, Page, SavedSearch, Subscription

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_log = logging.getLogger(__name__)

# How far down a list alerts look.
TOP: Final = 25
# How long a deleted search can be brought back.
KEPT: Final = timedelta(days=7)

FREQUENCIES: Final[Mapping[Frequency, Any]] = {
    Frequency.WEEKLY: _("once a week"),
    Frequency.DAILY: _("once a day"),
    Frequency.OFF: _("no mail"),
}
# What choosing one brings, in the words of the form.
PROMISES: Final[Mapping[Frequency, Any]] = {
    Frequency.WEEKLY: _("Once a week at most, from Monday on, and only when there is something new"),
    Frequency.DAILY: _("Once a day at most, and only when there is something new"),
    Frequency.OFF: _("No mail; the search stays in your list, and its feed goes on"),
}


# Filters whose values say little without a heading: "English" of what?
_UNCLEAR: Final = frozenset({"language", "trl", "cooperation"})


@dataclass(frozen=True, slots=True)
class Query:
    """A stored query, read again: a search, or the partners of ``seeker_id``."""

    page: Page
    seeker_id: str | None = None
    text: str = ""
    country: Country | None = None
    where: Where = field(default_factory=Where)


@dataclass(frozen=True, slots=True)
class Result:
    """One organisation in the results of a saved search: as a match, or with the statement that answers."""

    profile: Profile
    explanation: Explanation | None = None
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What a digest says of one saved search."""

    search: SavedSearch
    query: Query
    news: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail: every search of one person in one language that is due, with or without news."""

    email: str
    lang: str
    is_verified: bool
    sections: tuple[Section, ...]

    @property
    def told(self) -> tuple[Section, ...]:
        """The searches that have news."""
        return tuple(section for section in self.sections if section.news)

    @property
    def count(self) -> int:
        return sum(len(section.news) for section in self.sections)


@dataclass(frozen=True, slots=True)
class Shown:
    """A saved search as its page shows it; ``is_gone`` where the organisation it asks for has left the data.

    ``away`` are the partners that stay away because they were refused.
    """

    query: Query
    results: tuple[Result, ...] = ()
    fresh: frozenset[str] = frozenset()
    dismissed: tuple[Profile, ...] = ()
    is_gone: bool = False
    away: Mapping[str, Judgement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """One mail that a run queued, or with a rehearsal would have."""

    email: str
    lang: str
    subject: str
    results: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: mails queued, people with nothing new, unverified addresses, and where something went wrong."""

    told: tuple[Told, ...]
    quiet: int
    unverified: int
    failed: tuple[str, ...]
    purged: int


Reader = Callable[[SavedSearch, Board], Query]


# --- results ---------------------------------------------------------------------------------------------------------


def results(board: Board, query: Query, away: Collection[str] = ()) -> tuple[Result, ...]:
    """The top of the list that the query opens, without those that stay away from the lists of whoever asks.

    :class:`UnknownEntry` where its organisation is gone.
    """
    if query.seeker_id is not None:
        board.profile(query.seeker_id)
        ranked = board.ranked(query.seeker_id, query.where, k=TOP, without=away).explanations
        return tuple(Result(board.corpus.profiles[e.match.partner_id], explanation=e) for e in ranked)
    if query.text:
        found = board.search(query.text, query.where, query.country, k=TOP).found
    else:
        # Without a question none is the best: what has changed last comes first.
        found = board.browse(query.where, query.country, k=TOP, listing=Listing(sort=Sort.NEWEST)).found
    return tuple(Result(f.profile, statement=f.statement or _first(f.profile)) for f in found)


def refused(session: Session, board: Board, query: Query, owner_id: uuid.UUID) -> dict[str, Judgement]:
    """What stays away from the owner's lists: the pairs that the owner, or a team of the owner's, has refused."""
    if query.seeker_id is None:
        return {}
    owner = accounts.find_account(session, owner_id)
    return judgements.find_refused(session, owner, profile_id=query.seeker_id, profiles=board.corpus.profiles)


def news(session: Session, board: Board, query: Query, search: SavedSearch) -> tuple[Result, ...]:
    """What is at the top and was neither reported nor dismissed nor refused before."""
    known, away = {*search.seen, *search.dismissed}, refused(session, board, query, search.owner_id)
    return tuple(r for r in results(board, query, away) if r.profile.id not in known)


def show(session: Session, board: Board, search: SavedSearch, query: Query) -> Shown:
    """The top of the list without what was taken off, and which of it is new since the last report."""
    profiles = board.corpus.profiles
    dismissed = tuple(profiles[i] for i in search.dismissed if i in profiles)
    away = refused(session, board, query, search.owner_id)
    try:
        found = tuple(r for r in results(board, query, away) if r.profile.id not in search.dismissed)
    except UnknownEntry:
        return Shown(query, dismissed=dismissed, is_gone=True)
    return Shown(query, found, frozenset(r.profile.id for r in found) - {*search.seen}, dismissed, away=away)


def page_url(search: SavedSearch) -> str:
    """The page that a search was saved from, with its filters, in the reader's language."""
    if search.page is Page.PARTNERS:
        address = url_for("organisations.partners", profile_id=search.seeker_id)
    else:
        address = url_for("search.results")
    return f"{address}?{urlencode(parse_qsl(search.query))}" if search.query else address


def reason(result: Result, board: Board) -> str:
    """Why this organisation, in one plain line."""
    if result.explanation is not None:
        return i18n.reason(result.explanation, *board.parties(result.explanation))
    if result.statement is None:
        return ""
    quote = gettext("“%(text)s”", text=i18n.shorten(result.statement))
    return gettext("%(label)s: %(words)s", label=i18n.ROLES[result.statement.role], words=quote)


def reason_markup(result: Result, board: Board) -> Markup:
    """:func:`reason` with the language of quoted words marked."""
    if result.explanation is not None:
        return i18n.reason_markup(result.explanation, *board.parties(result.explanation))
    if result.statement is None:
        return Markup()
    quote = Markup(gettext("“%(text)s”")) % {"text": i18n.quoted(result.statement, 100)}  # noqa: S704 - a message of ours
    message = Markup(gettext("%(label)s: %(words)s"))  # noqa: S704 - a message of ours
    return message % {"label": i18n.ROLES[result.statement.role], "words": quote}


def in_words(query: Query, board: Board) -> str:
    """The query as a reader would say it: what was asked, then each filter."""
    parts: list[object] = []
    if query.seeker_id is not None:
        seeker = board.corpus.profiles.get(query.seeker_id)
        parts.append(gettext("Partners of %(name)s", name=i18n.short_name(seeker) if seeker else query.seeker_id))
    elif query.text:
        parts.append(gettext("“%(text)s”", text=query.text))
    else:
        parts.append(gettext("All organisations"))
    for facet, values in chosen_values(query.where, query.country).items():
        words = i18n.listed((i18n.facet_label(facet, value) for value in values), "or")
        if values and facet in _UNCLEAR:
            parts.append(gettext("%(facet)s: %(value)s", facet=i18n.FACETS[facet], value=words))
        elif values:
            parts.append(words)
    return " · ".join(map(str, parts))


def _first(profile: Profile) -> Statement | None:
    return next((s for s in profile.statements if s.role is Role.CAPABILITY), None)


# --- the digest ------------------------------------------------------------------------------------------------------


def is_due(search: SavedSearch, at: datetime) -> bool:
    """Whether a new day or ISO week (UTC) has begun since the last report."""
    last = search.reported_at
    if search.frequency is Frequency.OFF:
        return False
    if last is None:
        return True
    if search.frequency is Frequency.DAILY:
        return at.date() > last.date()
    return at.isocalendar()[:2] > last.isocalendar()[:2]


def run(session: Session, board: Board, *, at: datetime, read: Reader, is_rehearsal: bool = False) -> Report:
    """Queues every mail that is due, each in a transaction of its own, so that one fault stops no other.

    Run again, it finds nothing due; stopped in between, it goes on where it was. A rehearsal changes nothing.
    """
    told, failed, quiet, unverified = [], [], 0, 0
    for digest in list_digests(session, board, at=at, read=read):
        try:
            if digest.is_verified and not is_rehearsal:
                queue(session, digest, board, at=at)
                session.commit()
        except searches.AlreadyReported:
            session.rollback()
            continue
        except Exception:  # noqa: BLE001 - whatever it was, the log says it and the others get their mail
            session.rollback()
            _log.exception("no alert for the searches %s", [str(s.search.id) for s in digest.sections])
            failed.append(digest.email)
            continue
        quiet += digest.is_verified and not digest.told
        unverified += not digest.is_verified
        if digest.is_verified and digest.told:
            told.append(Told(digest.email, digest.lang, compose(digest, board)[0], digest.count))
    purged = 0
    if not is_rehearsal:
        purged = searches.delete_searches_deleted_before(session, before=at - KEPT)
        session.commit()
    return Report(tuple(told), quiet, unverified, tuple(failed), purged)


def list_digests(session: Session, board: Board, *, at: datetime, read: Reader) -> Iterator[Digest]:
    """Everything due, a mail for each person and language. Reads only; ``read`` turns a stored query into a query."""
    due = [s for s in searches.list_subscriptions(session) if is_due(s.search, at)]

    def addressee(subscription: Subscription) -> tuple[str, str]:
        return subscription.email, subscription.search.lang

    for (email, lang), group in groupby(sorted(due, key=addressee), key=addressee):
        subscriptions = list(group)
        sections = tuple(_section(session, board, s.search, read) for s in subscriptions)
        yield Digest(email, lang, subscriptions[0].is_verified, sections)


def queue(session: Session, digest: Digest, board: Board, *, at: datetime) -> None:
    """Notes what is reported and queues the mail, both or neither: the caller commits, or rolls back on an error.

    Nothing new, no mail. :class:`~web.store.searches.AlreadyReported` where another run came first. Nothing is noted
    for an address that is not verified: its news waits.
    """
    if not digest.is_verified:
        return
    for section in digest.sections:
        searches.save_report(session, section.search, profile_ids=[r.profile.id for r in section.news], at=at)
    if digest.told:
        subject, body, html = compose(digest, board)
        mail.queue_letter(
            session, recipient=digest.email, subject=subject, body=body, html=html, unsubscribe=stop_all_link(digest)
        )


def compose(digest: Digest, board: Board) -> tuple[str, str, str]:
    """Subject, plain text and HTML of a digest, all in its language."""
    with force_locale(i18n.LOCALES[digest.lang]):
        subject = _subject(digest)
        values = {
            "subject": subject, "sections": digest.told, "board": board, "lang": digest.lang, "TOP": TOP,
            "links": Links(digest.lang), "stop_all": stop_all_link(digest), "in_words": in_words, "reason": reason,
            "reason_markup": reason_markup,
        }  # fmt: skip
        return subject, _render("mails/digest.txt", values), _render("mails/digest.html", values)


def _render(template: str, values: Mapping[str, object]) -> str:
    # Straight from the environment: what Flask adds to a page (who is signed in) has no place in a mail.
    return current_app.jinja_env.get_template(template).render(values).strip() + "\n"


def _section(session: Session, board: Board, search: SavedSearch, read: Reader) -> Section:
    query = read(search, board)
    try:
        return Section(search, query, news(session, board, query, search))
    except UnknownEntry:
        # Its organisation is gone from the data: the page of the search says so, a mail would only puzzle.
        return Section(search, query, ())


def _subject(digest: Digest) -> str:
    count = i18n.number(digest.count)
    if len(digest.told) == 1:
        title = digest.told[0].search.title
        return ngettext(
            "%(count)s new result for “%(title)s”", "%(count)s new results for “%(title)s”", digest.count,
            count=count, title=title,
        )  # fmt: skip
    return ngettext(
        "%(count)s new result in your saved searches", "%(count)s new results in your saved searches", digest.count,
        count=count,
    )  # fmt: skip


# --- links in mails and feeds ----------------------------------------------------------------------------------------

# Each salt is one purpose: a link made for one thing does nothing else. They do not expire, since mail must be
# stoppable as long as it lies in an inbox.
_DISMISS: Final = "alerts: dismiss"
_STOP_ONE: Final = "alerts: stop one search"
_STOP_ALL: Final = "alerts: stop all of a person"


class BadLink(ValueError):
    """The link was not made here, or not for this."""


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses from outside the site, in one language: those of the settings, never of a request."""

    lang: str

    def match(self, query: Query, result: Result) -> str:
        """The match, or the organisation where nobody seeks."""
        if query.seeker_id is not None:
            return link("matches.page", self.lang, seeker_id=query.seeker_id, partner_id=result.profile.id)
        return link("organisations.page", self.lang, profile_id=result.profile.id)

    def search(self, search: SavedSearch) -> str:
        return link("searches.page", self.lang, search_id=search.id)

    def all_searches(self) -> str:
        return link("searches.index", self.lang)

    def dismiss(self, search: SavedSearch, result: Result) -> str:
        token = sign(_DISMISS, [search.id.hex, result.profile.id])
        return link("searches.dismiss_by_link", self.lang, token=token)

    def stop(self, search: SavedSearch) -> str:
        return link("searches.stop_by_link", self.lang, token=sign(_STOP_ONE, search.id.hex))


def link(endpoint: str, lang: str, **values: object) -> str:
    """The full address of a page, as people reach it."""
    base = urlsplit(current_settings().base_url())
    pages = current_app.url_map.bind(base.netloc, url_scheme=base.scheme)
    return pages.build(endpoint, {"lang": lang, **values}, force_external=True)


def stop_all_link(digest: Digest) -> str:
    """The address that stops every mail about saved searches to one person."""
    owner_id = digest.sections[0].search.owner_id
    return link("searches.stop_by_link", digest.lang, token=sign(_STOP_ALL, owner_id.hex))


def read_dismissal(token: str) -> tuple[uuid.UUID, str]:
    """The search and the organisation of a dismissal link; :class:`BadLink` where we did not sign it."""
    search_id, profile_id = unsign(_DISMISS, token)
    return uuid.UUID(search_id), profile_id


def list_stopped(session: Session, token: str) -> tuple[SavedSearch, ...]:
    """The searches whose mail a link stops; :class:`BadLink` where we did not sign it or they are gone."""
    try:
        found = searches.find_search(session, search_id=uuid.UUID(unsign(_STOP_ONE, token)))
    except BadLink:
        return searches.list_alerts(session, owner_id=uuid.UUID(unsign(_STOP_ALL, token)))
    if found is None:
        raise BadLink
    return (found,)


def sign(purpose: str, value: object) -> str:
    """What a link carries that was made here; one made for one purpose serves no other."""
    return str(_serializer(purpose).dumps(value))


def unsign(purpose: str, token: str) -> Any:
    """What :func:`sign` was given; :class:`BadLink` where we did not sign it, or not for this."""
    try:
        return _serializer(purpose).loads(token)
    except BadSignature as error:
        raise BadLink from error


def _serializer(purpose: str) -> URLSafeSerializer:
    secret = current_app.secret_key
    if not secret:
        raise RuntimeError("links cannot be signed without a secret")
    return URLSafeSerializer(secret, salt=purpose)


# --- the feed --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A result in a feed. Its id never changes; ``updated_at`` is when one of the two organisations last did."""

    id: str
    result: Result
    updated_at: datetime

    @property
    def updated(self) -> str:
        return _instant(self.updated_at)


def feed(session: Session, board: Board, search: SavedSearch, query: Query) -> str:
    """The feed of a saved search as Atom 1.0 (RFC 4287), in its language."""
    away = refused(session, board, query, search.owner_id)
    found = [r for r in results(board, query, away) if r.profile.id not in search.dismissed]
    ids = [r.profile.id for r in found]
    changed = searches.list_change_times(session, profile_ids=[*ids, *filter(None, [query.seeker_id])])
    least = max(search.created_at, changed.get(query.seeker_id or "", search.created_at))
    entries = [FeedEntry(_tag(search, r.profile.id), r, max(least, changed.get(r.profile.id, least))) for r in found]
    updated_at = max((entry.updated_at for entry in entries), default=least)
    with force_locale(i18n.LOCALES[search.lang]):
        values = {
            "id": _tag(search), "search": search, "query": query, "board": board, "entries": entries,
            "updated": _instant(updated_at), "lang": search.lang, "links": Links(search.lang), "in_words": in_words,
            "reason": reason, "feed_url": feed_url(search),
        }  # fmt: skip
        return _render("searches/feed.xml", values)


def feed_url(search: SavedSearch) -> str:
    """The secret address of a feed."""
    return link("searches.feed", search.lang, key=search.feed_key)


def _instant(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"


def _tag(search: SavedSearch, *more: str) -> str:
    """A tag URI (RFC 4151): this site on the day the search was saved, then what is meant."""
    host = urlsplit(current_settings().base_url()).hostname
    return f"tag:{host},{search.created_at:%Y-%m-%d}:" + "/".join(["searches", str(search.id), *more])
