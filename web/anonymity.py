"""Organisations that want to be seen before they are named: what is withheld never reaches the board.

Until both sides of an expression of interest have accepted, an anonymous organisation shows its country, kind, size and
fields. It is known by the alias of its listing; its id, names, place, website and words are replaced here, before
anything is fitted, so that no page, file or feed that is made of the board can tell them. Its statements are matched by
meaning all the same: the cache of the board holds their vectors under the texts that stand in their place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _

from matcher.corpus import Corpus
from matcher.encoder import VectorCache, text_key
from matcher.profile import LANGUAGES, Country, Profile, Statement
from matcher.text import fold
from web.i18n import LOCALES, host
from web.store.submissions import ALIAS, Listing, Shown

_NAMES: Final[Mapping[Country, Any]] = {
    Country.CA: _("Organisation %(code)s in Canada (name withheld)"),
    Country.JP: _("Organisation %(code)s in Japan (name withheld)"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """What everybody may see: the corpus, where old addresses lead, and addresses of what is no longer listed."""

    corpus: Corpus
    moved: Mapping[str, str]
    delisted: frozenset[str]


def listed(corpus: Corpus, listings: tuple[Listing, ...], redirects: Mapping[str, str], cache: VectorCache) -> Listed:
    """The corpus with anonymous organisations under their aliases; the cache learns to match them.

    The real id of an anonymous organisation leads nowhere, and neither does that of one that was merged into it. The
    alias of one that is named leads to it.
    """
    hidden = {one.entry_id: one for one in listings if one.is_anonymous}
    named = {one.alias: one.entry_id for one in listings if not one.is_anonymous and one.shown is Shown.PUBLISHED}
    gone = [one for one in listings if one.shown is not Shown.PUBLISHED]
    organisations = [
        mask(p, hidden[p.id], cache) if p.id in hidden else p for p in corpus.organisations.values()
    ]  # fmt: skip
    moved = named | {start: end for start, end in redirects.items() if end not in hidden}
    return Listed(
        Corpus(organisations, corpus.programmes.values()),
        {start: end for start, end in moved.items() if start not in hidden},
        frozenset({one.alias for one in gone} | {one.entry_id for one in gone if not one.is_anonymous}),
    )


def mask(profile: Profile, listing: Listing, cache: VectorCache) -> Profile:
    """The organisation as strangers see it on the board."""
    code = listing.alias.removeprefix(ALIAS)
    cache.encode([s.text for s in profile.statements])
    statements = tuple(_withheld(s, f"[{code}{s.id}]", cache) for s in profile.statements)
    return replace(cover(profile, listing), statements=statements)


def cover(profile: Profile, listing: Listing) -> Profile:
    """The organisation as strangers see it, without any statement."""
    code = listing.alias.removeprefix(ALIAS)
    names, short = {}, []
    for lang in LANGUAGES:
        with force_locale(LOCALES[lang]):
            names[lang] = str(_NAMES[profile.country]) % {"code": code}
            short.append(gettext("Organisation %(code)s", code=code))
    # Nothing that is not named here is kept: a field that profiles come to have later stays withheld by itself.
    return Profile(
        id=listing.alias, country=profile.country, kind=profile.kind, names=names, subdivision="", city={}, website="",
        fields=profile.fields, source="", read_on=profile.read_on.replace(day=1), statements=(),
        aliases=tuple(dict.fromkeys(short)), size=profile.size, closed=None, is_anonymous=True,
    )  # fmt: skip


def _withheld(statement: Statement, text: str, cache: VectorCache) -> Statement:
    """A statement without its words, which the cache takes for what it says."""
    cache.known[text_key(cache.model_id, text)] = cache.known[text_key(cache.model_id, statement.text)]
    return Statement(
        statement.id, statement.role, statement.lang, text, "", statement.read_on.replace(day=1), is_withheld=True
    )  # fmt: skip


def gives_away(text: str, profile: Profile) -> bool:
    """Whether a text names an organisation, by any of its names or its website.

    >>> from matcher.corpus import Corpus
    >>> kinova = Corpus.shipped().get("kinova")
    >>> gives_away("We, KINOVA, would like to talk.", kinova), gives_away("We would like to talk.", kinova)
    (True, False)
    """
    names = {*profile.names.values(), *profile.aliases, host(profile.website)}
    # Two letters are part of many words; longer ones that stand alone are a name.
    found = (rf"(?<![a-z0-9]){re.escape(fold(name))}(?![a-z0-9])" for name in names if len(name) > 2)
    return any(re.search(pattern, fold(text)) for pattern in found)


def without_masked(corpus: Corpus) -> Corpus:
    """The organisations that are named: what can be checked for faults and duplicates."""
    named = (p for p in corpus.organisations.values() if not p.is_anonymous)
    return Corpus(named, corpus.programmes.values())
