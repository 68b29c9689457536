"""Dossiers as PDF, with the fonts that the system has."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore
from typing import Any, Final, NoReturn

from flask import render_template

from web.exports.dossier import (
    Dossier,
    checklist,
    counted,
    lines,
    method,
    programme_status,
    provenance,
    questions_markup,
    spaced,
    status,
)

# Faces with the glyphs of Japan, the best set first. Any other that covers Japanese comes after these.
_PREFERRED: Final[tuple[str, ...]] = (
    "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "BIZ UDPGothic", "IPAexGothic", "IPAGothic",
    "TakaoPGothic", "VL PGothic",
)  # fmt: skip


# Half a second a match on an ordinary machine: what a visitor waits for. The id on the cover is that of the whole list.
MOST_PRINTED: Final = 50
# Printing keeps a processor busy; pages must be served meanwhile.
_presses: Final = BoundedSemaphore(2)
# As many may be printing or waiting: each keeps one of the server's threads, eight by default, from serving pages.
_queue: Final = BoundedSemaphore(4)
_PATIENCE: Final = 20


class NotPrinted(RuntimeError):
    """No PDF could be made; the other formats can."""


class NoJapaneseFont(NotPrinted):
    """No installed font can show Japanese; a dossier would be full of empty boxes."""


class Busy(NotPrinted):
    """Too many are being printed at this moment."""


@cache
def japanese_font() -> str:
    """The family that Japanese is printed in; :class:`NoJapaneseFont` where the system has none."""
    command = ["fc-list", ":lang=ja", "family"]
    try:
        listed = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=20).stdout  # noqa: S603 - fixed words
    except (OSError, subprocess.SubprocessError) as error:
        raise NoJapaneseFont("fontconfig (fc-list) does not answer") from error
    return choose_font(listed.splitlines())


def choose_font(families: Iterable[str]) -> str:
    """The best of some families as ``fc-list`` names them: a line each, translated names after a comma.

    >>> choose_font(["Some Gothic,ある書体", "IPAexGothic,IPAexゴシック"])
    'IPAexGothic'
    """
    names = {line.split(",")[0].strip().replace("\\", "") for line in families if line.strip()}
    found: list[str] = [name for name in _PREFERRED if name in names] or sorted(names)
    if not found:
        raise NoJapaneseFont("no installed font covers Japanese")
    return found[0]


def to_pdf(dossier: Dossier) -> bytes:
    """Cover, contents, the first matches with their evidence, and the method; tagged for screen readers.

    Raises :class:`NotPrinted`.
    """
    return print_page(lambda: _page(dossier), "dossier.css")


def print_page(render: Callable[[], str], looks: str) -> bytes:
    """A page with a style sheet of ``templates/exports``, as PDF; raises :class:`NotPrinted`.

    It is rendered when its turn comes.
    """
    family = japanese_font().replace('"', "")
    with _taken(_queue, timeout=0), _taken(_presses, timeout=_PATIENCE):
        return _print(render(), _read(looks).replace("KAKEHASHI JAPANESE", family))


@contextmanager
def _taken(places: BoundedSemaphore, *, timeout: float) -> Iterator[None]:
    if not places.acquire(timeout=timeout):
        raise Busy
    try:
        yield
    finally:
        places.release()


def _page(dossier: Dossier) -> str:
    return render_template(
        "exports/dossier.html", dossier=dossier, entries=dossier.entries[:MOST_PRINTED],
        lines=lines, checklist=checklist, programme_status=programme_status, questions=questions_markup,
        picture=_read("waterfall.css").strip(),
        status=status, provenance=provenance(dossier), method=method(), counted=counted(dossier),
        id=spaced(dossier.verification_id),
    )  # fmt: skip


def _read(looks: str) -> str:
    return (files("web") / "templates" / "exports" / looks).read_text(encoding="utf-8")


def _print(page: str, looks: str) -> bytes:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    sheet = CSS(string=looks, font_config=fonts, url_fetcher=_refuse)
    made: bytes = HTML(string=page, url_fetcher=_refuse).write_pdf(
        stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"
    )
    return made


def _refuse(url: str, *_more: Any, **_options: Any) -> NoReturn:
    """A dossier is made of what is on the page; whatever else a text may point at is never fetched."""
    raise ValueError(f"nothing is fetched: {url}")
