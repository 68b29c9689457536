"""Drafting from text in words: why a file or a sentence is not taken, how sure a guess is, what is wrong with an entry.

The codes are those of web.uploads and matcher.draft, which tests compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

PROBLEMS: Final[Mapping[str, Any]] = {
    "empty": _("The file is empty."),
    "too_large": _(
        "The file is larger than 4 megabytes, or unpacks to too much. Send a part of it, or paste the text."
    ),
    "unknown": _("This is not a text, Word (.docx) or PDF file. Save it as one of these, or paste the text."),
    "encrypted": _("The file is protected by a password. Save it without one, or paste the text."),
    "scanned": _("The PDF holds pictures of pages, but no text. Run text recognition on it first, or paste the text."),
    "broken": _("The file is damaged and cannot be read. Save it again, or paste the text."),
    "too_slow": _("Reading the file took too long. Send a part of it, or paste the text."),
    "busy": _("Many files are being read at this moment. Try again in a minute, or paste the text."),
}
REASONS: Final[Mapping[str, Any]] = {
    "neither": _("says neither what is offered nor what is sought"),
    "contact": _("holds an address, a telephone number or a link"),
    "person": _("names a person"),
    "too_short": _("too short to say something"),
    "no_sentence": _("not a sentence"),
    "repeated": _("stands in the text twice"),
    "too_many": _("less clear than the proposals above, of which there are enough"),
}
CERTAINTIES: Final[Mapping[str, Any]] = {
    "high": pgettext("guess", "clear"),
    "medium": pgettext("guess", "likely"),
    "low": pgettext("guess", "unsure"),
}
FAULTS: Final[Mapping[str, Any]] = {
    "length": _("Write 20 to 400 characters, in Japanese 10 to 200."),
    "contact": _("Take out addresses, telephone numbers and links."),
    "person": _("Take out the name of the person."),
}
