"""What reviewers send about an import, checked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import FileStorage, MultiDict

from web.forms.desk import line
from web.forms.search import read_number, read_page
from web.imports.draft import ANOTHER, INSIST, SAME, State
from web.imports.tables import ENCODINGS, Unreadable

PAGE_SIZE: Final = 50
_ID: Final = re.compile(r"[a-z0-9-]{1,80}")
_ROW: Final = re.compile(r"row-([1-9][0-9]{0,6})")
_UNNAMED: Final = _("file without a name")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent, and its name without the folders that some browsers put in front."""

    name: str
    content: bytes


def read_upload(file: FileStorage | None) -> Upload:
    """The file; :class:`Unreadable` where none was chosen."""
    if file is None or not file.filename:
        raise Unreadable("none")
    name = line(unicodedata.normalize("NFC", file.filename).replace("\\", "/").rpartition("/")[2])
    return Upload(name[:200] or str(_UNNAMED), file.read())


def read_encoding(form: MultiDict[str, str]) -> str:
    """The encoding chosen; empty where it is none of ours."""
    chosen = form.get("encoding", "")
    return chosen if chosen in ENCODINGS else ""


def read_choices(form: MultiDict[str, str]) -> dict[str, str]:
    """What was chosen for which row: ``same:<id>``, ``insist:<id>``, ``another``, or empty for not yet."""
    found = {}
    for name, value in form.items():
        row = _ROW.fullmatch(name)
        is_same = value.startswith((SAME, INSIST)) and _ID.fullmatch(value.partition(":")[2])
        if row and (is_same or value in {ANOTHER, ""}):
            found[row[1]] = value
    return found


def read_version(form: MultiDict[str, str]) -> int:
    """The version of the corpus that a preview was made on; 0 for anything else."""
    return read_number(form.get("version"))


@dataclass(frozen=True, slots=True)
class Shown:
    """Which rows of a preview a page shows."""

    state: State | None
    page: int

    @property
    def window(self) -> slice:
        """Their places among the rows of that state."""
        return slice((self.page - 1) * PAGE_SIZE, self.page * PAGE_SIZE)


def read_shown(args: MultiDict[str, str]) -> Shown:
    """The choice from an address; unknown values are dropped."""
    state = next((s for s in State if s.value == args.get("state")), None)
    return Shown(state, read_page(args))
