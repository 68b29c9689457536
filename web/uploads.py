"""The plain text of a file that somebody uploads: text, Word or PDF, whatever is in it, within limits.

Word and PDF files are opened in a process of its own, which may use so much memory and time and no more, and which
holds nothing that a broken file could reach. Nothing is stored.
"""

from __future__ import annotations

import codecs
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from threading import BoundedSemaphore
from typing import Final

LARGEST: Final = 4 * 1024 * 1024
MOST_PAGES: Final = 40
# Somewhat more than matcher.draft reads.
MOST_TEXT: Final = 120_000
_MOST_UNPACKED: Final = 40 * 1024 * 1024
_SECONDS: Final = 20
_MEMORY: Final = 1024 * 1024 * 1024
# Reading keeps a processor busy; pages must be served meanwhile.
_readers: Final = BoundedSemaphore(2)
_PDF: Final = b"%PDF-"
_ZIP: Final = b"PK\x03\x04"
# Files of other programs, by how they begin: old Word, RTF, PNG, JPEG, GIF.
_OTHERS: Final = (b"\xd0\xcf\x11\xe0", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
# What no text holds.
_BINARY: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_KANA: Final = re.compile("[\u3041-\u30ff]|[\u4e00-\u9fff]{2}")


class Problem(StrEnum):
    """Why a file cannot be read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"
    ENCRYPTED = "encrypted"
    SCANNED = "scanned"
    BROKEN = "broken"
    TOO_SLOW = "too_slow"
    BUSY = "busy"


class Unreadable(ValueError):
    """The file cannot be read; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.value)


@dataclass(frozen=True, slots=True)
class Read:
    """The text of a file; ``is_cut`` where pages or text at its end were not read."""

    text: str
    is_cut: bool = False


def read(content: bytes) -> Read:
    """The text of a file; :class:`Unreadable` otherwise. What it is, its content says, not its name.

    >>> read("架け橋".encode("cp932")).text, read("Élevé".encode("cp1252")).text, read("架".encode("utf-16")).text
    ('架け橋', 'Élevé', '架')
    """
    if len(content) > LARGEST:
        raise Unreadable(Problem.TOO_LARGE)
    if not content.strip():
        raise Unreadable(Problem.EMPTY)
    if content.startswith((_PDF, _ZIP)):
        text, is_cut = _apart(content)
    elif content.startswith(_OTHERS):
        raise Unreadable(Problem.UNKNOWN)
    else:
        text, is_cut = _decode(content), False
    if not text.strip():
        raise Unreadable(Problem.SCANNED if content.startswith(_PDF) else Problem.EMPTY)
    return Read(text[:MOST_TEXT], is_cut or len(text) > MOST_TEXT)


def _decode(content: bytes) -> str:
    for name in ("utf-8-sig", "utf-16", "cp932", "cp1252"):
        if name == "utf-16" and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            continue
        with suppress(UnicodeDecodeError):
            text = content.decode(name)
            # Accents of Windows-1252 pass for Shift_JIS, but as single characters among letters.
            if name == "cp932" and not _KANA.search(text):
                continue
            if not _BINARY.search(text):
                return text.replace("\r\n", "\n").replace("\r", "\n")
    raise Unreadable(Problem.UNKNOWN)


# --- a process of its own ---------------------------------------------------------------------------------------------

# How the process ends, besides with 0 for text and 3 for text that is cut.
_EXITS: Final = {10: Problem.ENCRYPTED, 11: Problem.SCANNED, 12: Problem.UNKNOWN, 13: Problem.TOO_LARGE}
_CUT: Final = 3


def _apart(content: bytes) -> tuple[str, bool]:
    if not _readers.acquire(timeout=_SECONDS):
        raise Unreadable(Problem.BUSY)
    try:
        # -P: not what happens to lie in the folder that the server was started in.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "web.uploads"],
            input=content,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(Problem.TOO_SLOW) from error
    finally:
        _readers.release()
    if done.returncode not in (0, _CUT):
        raise Unreadable(_EXITS.get(done.returncode, Problem.BROKEN))
    return done.stdout.decode("utf-8", "replace"), done.returncode == _CUT


def _main() -> int:
    """Reads a file from standard input and writes its text; the exit code says how it went."""
    import logging

    _limit()
    logging.disable()
    content = sys.stdin.buffer.read()
    try:
        pieces = _pdf(content) if content.startswith(_PDF) else _docx(content)
        text, is_cut = _gather(pieces)
    except Unreadable as error:
        return next(code for code, problem in _EXITS.items() if problem is error.problem)
    except Exception:  # noqa: BLE001 - whatever a library makes of a broken file
        return 1
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return _CUT if is_cut else 0


def _limit() -> None:
    # Windows has no such limits; there the time still counts.
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))


def _gather(pieces: Iterator[str | None]) -> tuple[str, bool]:
    """Pieces until there is enough; None stands for pages that are not read."""
    text: list[str] = []
    length = 0
    for piece in pieces:
        if piece is None or length > MOST_TEXT:
            return "\n".join(text), True
        text.append(piece)
        length += len(piece)
    return "\n".join(text), False


def _pdf(content: bytes) -> Iterator[str | None]:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(io.BytesIO(content))
    # Many are locked against printing only, with an empty password to read them.
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Unreadable(Problem.ENCRYPTED)
    has_words = False
    for number, page in enumerate(reader.pages):
        if number >= MOST_PAGES:
            yield None
            break
        text = page.extract_text()
        has_words = has_words or any(c.isalpha() for c in text)
        # Numbers of pages and lines that are on every page are told apart by what reads the sentences.
        yield text
    if not has_words:
        raise Unreadable(Problem.SCANNED)


def _docx(content: bytes) -> Iterator[str | None]:
    import docx
    from docx.table import Table

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        if "word/document.xml" not in package.namelist():
            raise Unreadable(Problem.UNKNOWN)
        if sum(part.file_size for part in package.infolist()) > _MOST_UNPACKED:
            raise Unreadable(Problem.TOO_LARGE)
        if any(part.flag_bits & 1 for part in package.infolist()):
            raise Unreadable(Problem.ENCRYPTED)
    for block in docx.Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield "\n".join(dict.fromkeys(cell.text for cell in row.cells))
        else:
            # A paragraph ends a sentence, however long its last line is.
            yield block.text + "\n"


if __name__ == "__main__":
    sys.exit(_main())
