"""Profiles and matches as files: JSON, JSON Lines, and CSV that Excel opens with Japanese intact and formulas inert."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from matcher.corpus import Corpus
from matcher.document import profile_document
from matcher.encoder import Progress, no_progress
from web import i18n
from web.matching import Board

Record = Mapping[str, object]

# A spreadsheet takes a text that starts with one of these for a formula; one set to Japanese, in full width too.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A number is harmless whatever its sign.
_NUMBER: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def profile_records(corpus: Corpus) -> Iterator[Record]:
    """Every organisation as its document, in id order."""
    return (profile_document(profile) for profile in corpus.organisations.values())


def match_records(board: Board, k: int, lang: str, progress: Progress = no_progress) -> Iterator[Record]:
    """The best ``k`` partners of every organisation, a record each, with the reason in the current locale."""
    for seeker in board.corpus.profiles.values():
        for rank, explanation in enumerate(board.partners(seeker.id, k), 1):
            match, partner = explanation.match, board.corpus.profiles[explanation.match.partner_id]
            yield {
                "snapshot": board.corpus.snapshot_id,
                "seeker": seeker.id,
                "seeker_name": seeker.name(lang),
                "rank": rank,
                "partner": partner.id,
                "partner_name": partner.name(lang),
                "relation": match.relation.value,
                "band": match.band.value,
                "fit": round(match.fit, 6),
                "confidence": match.confidence.level.value,
                "reason": i18n.reason(explanation, seeker, partner),
            }
        progress(1)


def write(path: Path, records: Iterable[Record]) -> int:
    """Writes records in the format of the file's ending and returns how many; ValueError for an unknown ending.

    Documents within a record, such as statements, stand as JSON in one CSV cell.
    """
    writers = {".json": _write_json, ".jsonl": _write_lines, ".csv": _write_csv}
    if path.suffix not in writers:
        raise ValueError(f"'{path.name}' must end in {', '.join(writers)}")
    return writers[path.suffix](path, records)


def _write_json(path: Path, records: Iterable[Record]) -> int:
    rows = list(records)
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return len(rows)


def _write_lines(path: Path, records: Iterable[Record]) -> int:
    rows = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    path.write_text("".join(rows), encoding="utf-8")
    return len(rows)


def _write_csv(path: Path, records: Iterable[Record]) -> int:
    rows = list(records)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    # The byte order mark is what makes Excel read UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        table = csv.DictWriter(lines, columns)
        table.writeheader()
        table.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return len(rows)


def cell(value: object) -> object:
    """A value as a CSV cell: numbers stay numbers, texts never start a formula.

    >>> cell(-1.5), cell("-5"), cell("=1+1"), cell("-20 °C freezer"), cell(["a"])
    (-1.5, '-5', "'=1+1", "'-20 °C freezer", '["a"]')
    """
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
