"""What visitors choose for an export, read from the address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from matcher.profile import LANGUAGES
from web.exports.dossier import MOST_ENTRIES, Source
from web.exports.files import OFFERED, Format
from web.forms.desk import read_id

_USUAL: Final = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """An export: format, language, how many partners, and which items of a shortlist (none: all)."""

    format: Format
    lang: str
    top: int
    items: frozenset[uuid.UUID]


def read_export(args: MultiDict[str, str], source: Source, lang: str) -> Wanted | None:
    """The choice; None where the format is not offered. ``lang`` is that of the page."""
    known = {f.value: f for f in OFFERED[source]}
    wanted = known.get(args.get("format", ""))
    if wanted is None:
        return None
    chosen = args.get("in", "")
    items = filter(None, map(read_id, args.getlist("item")[:MOST_ENTRIES]))
    return Wanted(wanted, chosen if chosen in LANGUAGES else lang, _count(args.get("top", "")), frozenset(items))


def _count(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 9
    return min(max(int(text), 1), MOST_ENTRIES) if is_number else _USUAL
