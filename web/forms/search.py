"""What visitors send, checked: unknown values are dropped, so that an old or mistyped link still shows a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from werkzeug.datastructures import MultiDict

from matcher.match import Relation, Where
from matcher.profile import LANGUAGES, Cooperation, Country, Kind, Readiness
from web.i18n import language, subdivisions
from web.matching import Listing, Sort

MAX_TEXT: Final = 500
_MAX_PAGE: Final = 1000
_MAX_NAME: Final = 80
# More ids than anyone can tick; the page says which of them it leaves out.
_MAX_IDS: Final = 20

_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Search:
    """A search: free text, filters, and which part of the results is shown in which order."""

    text: str
    country: Country | None
    where: Where
    listing: Listing

    @property
    def page(self) -> int:
        return self.listing.page

    @property
    def sort(self) -> Sort:
        """The order shown: without a question, no organisation is the best one."""
        return Sort.NAME if self.listing.sort is Sort.BEST and not self.text else self.listing.sort

    @property
    def is_too_long(self) -> bool:
        return len(self.text) > MAX_TEXT

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to answer: all organisations in some order is an answer too."""
        return bool(self.text) or self.is_filtered or self.listing.sort is not Sort.BEST

    @property
    def is_filtered(self) -> bool:
        return self.country is not None or self.where != Where()


def read_search(args: MultiDict[str, str], fields: Collection[str]) -> Search:
    """A search from the query of an address."""
    country = next(iter(_codes(args, "country", Country)), None)
    sort = next(iter(_codes(args, "sort", Sort)), Sort.BEST)
    return Search(_text(args), country, read_where(args, fields), Listing(read_page(args), sort, language()))


def read_name(args: MultiDict[str, str]) -> str:
    """The beginning of a name; what is too long for one is none."""
    text = _text(args)
    return text if len(text) <= _MAX_NAME else ""


def read_compared(args: MultiDict[str, str]) -> tuple[tuple[str, ...], str | None]:
    """The ids of the organisations to compare, and that of the seeker, if any."""
    ids = (i.strip() for i in args.getlist("with"))
    return tuple(dict.fromkeys(i for i in ids if 0 < len(i) <= _MAX_NAME))[:_MAX_IDS], args.get("seeker") or None


def read_where(args: MultiDict[str, str], fields: Collection[str]) -> Where:
    """Filters from the query of an address."""
    return Where(
        kinds=_codes(args, "kind", Kind),
        fields=tuple(dict.fromkeys(f for f in args.getlist("field") if f in fields)),
        subdivisions=tuple(dict.fromkeys(c for c in args.getlist("subdivision") if c in subdivisions())),
        relations=_codes(args, "relation", Relation),
        languages=tuple(dict.fromkeys(lang for lang in args.getlist("language") if lang in LANGUAGES)),
        readiness=_codes(args, "trl", Readiness),
        cooperations=_codes(args, "cooperation", Cooperation),
    )


def read_relation(args: MultiDict[str, str]) -> Relation | None:
    """The relation asked for, if any."""
    return next(iter(_codes(args, "relation", Relation)), None)


def read_page(args: MultiDict[str, str]) -> int:
    """The page asked for, from 1."""
    return min(max(read_number(args.get("page")), 1), _MAX_PAGE)


def read_number(text: str | None, digits: int = 9) -> int:
    """A number of an address or a form; 0 for anything else.

    >>> read_number("12"), read_number("-12"), read_number("1" * 10), read_number(None)
    (12, 0, 0, 0)
    """
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else 0


def toggled(args: MultiDict[str, str], name: str, value: str) -> list[tuple[str, str]]:
    """The query with one filter value put in or taken out, back on the first page."""
    kept = [(n, v) for n, v in args.items(multi=True) if v and n != "page" and (n, v) != (name, value)]
    return kept if value in args.getlist(name) else [*kept, (name, value)]


def replaced(args: MultiDict[str, str], name: str, value: str | None) -> list[tuple[str, str]]:
    """The query with one name set to a single value, or left out."""
    kept = [(n, v) for n, v in args.items(multi=True) if v and n not in (name, "page")]
    return kept if value is None else [*kept, (name, value)]


def is_unprintable(character: str) -> bool:
    """A control character, or one that no XML can hold: what is typed ends up in feeds and office files."""
    return unicodedata.category(character) == "Cc" or character in "\ufffe\uffff"


def _text(args: MultiDict[str, str]) -> str:
    text = "".join(" " if is_unprintable(c) else c for c in args.get("q", ""))
    return " ".join(text.split())


def _codes(args: MultiDict[str, str], name: str, options: type[_E]) -> tuple[_E, ...]:
    known = set(options)
    return tuple(options(v) for v in dict.fromkeys(args.getlist(name)) if v in known)
