"""Forms of saved searches, and stored queries read again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length

from web.alerts import PROMISES, Query
from web.forms.search import Search, is_unprintable, read_search
from web.i18n import AUTONYMS, FACETS
from web.matching import Board
from web.store.searches import Frequency, Page, SavedSearch

MAX_TITLE = 120
MAX_QUERY = 1000
# The sort and the page one stood on say nothing of what is wanted: alerts look at the top, best first.
_KEPT = frozenset({"q", *FACETS})


def plain_title(value: str | None) -> str:
    r"""One line without control or line-breaking characters, so that it can stand in the subject of a mail.

    >>> plain_title("  Robots\r\nBcc: a@b.example\u2028 ")
    'Robots Bcc: a@b.example'
    """
    visible = (" " if is_unprintable(c) or unicodedata.category(c) in {"Cs", "Zl", "Zp"} else c for c in value or "")
    return " ".join("".join(c for c in visible if c not in _DIRECTIONS).split())


# Characters that turn the direction of what follows could make a title pose as something else.
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class SearchForm(FlaskForm):
    """What its owner says of a saved search."""

    title = StringField(
        _("Title"),
        filters=[plain_title],
        validators=[
            InputRequired(_("Give the search a title.")),
            Length(min=1, max=MAX_TITLE, message=_("A title has 1 to %(max)d characters.")),
        ],
    )
    frequency = RadioField(
        _("Mail about new results"),
        choices=[SelectChoice(frequency.value, promise) for frequency, promise in PROMISES.items()],
        default=Frequency.WEEKLY.value,
        validators=[AnyOf([f.value for f in Frequency], message=_("Choose one of these."))],
        validate_choice=False,
    )
    lang = RadioField(
        _("Language of mail and feed"),
        choices=[SelectChoice(lang, name) for lang, name in AUTONYMS.items()],
        validators=[AnyOf(list(AUTONYMS), message=_("Choose one of these."))],
        validate_choice=False,
    )

    def settings(self) -> dict[str, Any]:
        """The checked values, as the store takes them."""
        return {
            "title": self.title.data,
            "frequency": Frequency(self.frequency.data),
            "lang": self.lang.data,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search that could be kept: as it is stored, and as it is read."""

    stored: str
    query: Query


def read_wanted(args: MultiDict[str, str], seeker_id: str | None, board: Board) -> Wanted | None:
    """The search in the query of an address; None where there is nothing to keep, or too much."""
    page = Page.SEARCH if seeker_id is None else Page.PARTNERS
    pairs = [(name, value) for name, value in args.items(multi=True) if value.strip() and name in _KEPT]
    stored = _joined(list(dict.fromkeys(pairs)))
    search = read_search(args, board.taxonomy.fields)
    is_empty = page is Page.SEARCH and not (search.text or search.is_filtered)
    if is_empty or search.is_too_long or len(stored) > MAX_QUERY:
        return None
    return Wanted(stored, _query(page, seeker_id, search))


def read_query(search: SavedSearch, board: Board) -> Query:
    """A stored query as its page reads it today: what is no longer known is dropped."""
    args = MultiDict(parse_qsl(search.query))
    return _query(search.page, search.seeker_id, read_search(args, board.taxonomy.fields))


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    """The query part of an address, with letters of every script as they are: escaped they would not fit."""
    return "&".join(f"{name}={''.join(map(_escaped, value))}" for name, value in pairs)


def _escaped(character: str) -> str:
    return quote(character, safe="") if ord(character) < 128 or not character.isprintable() else character


def _query(page: Page, seeker_id: str | None, search: Search) -> Query:
    if page is Page.PARTNERS:
        return Query(page, seeker_id, where=search.where)
    return Query(page, None, search.text, search.country, search.where)
