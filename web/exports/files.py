"""Dossiers as files: a format, a name that any system takes, and the bytes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from flask_babel import lazy_gettext as _

from web.exports.brief import to_docx
from web.exports.calendar import to_ics
from web.exports.dossier import Dossier, Source, document, verification_id
from web.exports.printing import to_pdf
from web.exports.sheets import to_csv, to_xlsx

_LONGEST_NAME: Final = 60


class Format(StrEnum):
    """What a dossier can be exported as; the value is the ending of the file."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    CSV = "csv"
    ICS = "ics"
    JSON = "json"


LABELS: Final[Mapping[Format, Any]] = {
    Format.PDF: _("PDF: a dossier to read and print"),
    Format.DOCX: _("Word (DOCX): a brief to edit"),
    Format.XLSX: _("Excel (XLSX): tables to sort and filter"),
    Format.CSV: _("CSV: a table for other programs"),
    Format.ICS: _("Calendar (ICS): the next steps"),
    Format.JSON: _("JSON: to verify the list later"),
}
# A calendar needs dates to follow up, a brief is about one match, and a table of one row says little.
OFFERED: Final[Mapping[Source, tuple[Format, ...]]] = {
    Source.RANKING: (Format.PDF, Format.XLSX, Format.CSV, Format.JSON),
    Source.MATCH: (Format.PDF, Format.DOCX, Format.XLSX, Format.JSON),
    Source.SHORTLIST: tuple(Format),
}
TYPES: Final[Mapping[Format, str]] = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.ICS: "text/calendar; charset=utf-8",
    Format.JSON: "application/json",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file to send; ``headers`` say its type and name, and that no one may keep a copy on the way."""

    content: bytes
    headers: Mapping[str, str]


def to_json(dossier: Dossier) -> bytes:
    """Everything that ``kakehashi verify`` needs."""
    content = document(dossier)
    content["verification_id"] = verification_id(content)
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


_WRITERS: Final[Mapping[Format, Callable[[Dossier], bytes]]] = {
    Format.PDF: to_pdf,
    Format.DOCX: to_docx,
    Format.XLSX: to_xlsx,
    Format.CSV: to_csv,
    Format.ICS: to_ics,
    Format.JSON: to_json,
}


def make_file(dossier: Dossier, wanted: Format) -> File:
    """A dossier in a format, in the current locale, which must be that of the dossier."""
    headers = {
        "Content-Type": TYPES[wanted],
        "Content-Disposition": disposition(f"{dossier.title} {dossier.made_at:%Y-%m-%d}", wanted.value),
        "Content-Language": dossier.lang,
        # Notes and names of people must not stay in a shared cache; a search engine has no use for a file like this.
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
    return File(_WRITERS[wanted](dossier), headers)


def disposition(title: str, ending: str) -> str:
    r"""``Content-Disposition`` with a name in any script (RFC 6266), and a plain one for old programs.

    >>> disposition("Rapidus: une liste/2026", "pdf")
    'attachment; filename="Rapidus_une_liste_2026.pdf"; filename*=UTF-8\'\'Rapidus_une_liste_2026.pdf'
    >>> disposition("架け橋", "csv")
    'attachment; filename="kakehashi.csv"; filename*=UTF-8\'\'%E6%9E%B6%E3%81%91%E6%A9%8B.csv'
    """
    # Letters and digits of any script, and what joins them; no separators, dots, marks of direction or controls.
    kept = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", title)).strip("_-")
    # The date at the end matters more than the end of a long title.
    name = kept if len(kept) <= _LONGEST_NAME else f"{kept[: _LONGEST_NAME - 11].rstrip('_')}_{kept[-10:]}"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"_+", "_", plain).strip("_-") or "kakehashi"
    if not re.search("[A-Za-z]", plain):
        plain = "kakehashi" if plain == "kakehashi" else f"kakehashi_{plain}"
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(name or 'kakehashi')}.{ending}"
