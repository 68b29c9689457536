"""The audit log as CSV and as JSON Lines, a row at a time: however long it is, it is never whole in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from web.exports.tables import cell
from web.store.audit import Event

COLUMNS: Final = ("id", "happened_at", "actor", "actor_name", "action", "subject", "detail")


def record_of(event: Event) -> dict[str, Any]:
    """An event as plain values."""
    return {
        "id": event.id,
        "happened_at": event.happened_at.isoformat(),
        "actor": event.actor,
        "actor_name": event.names.get(event.actor, ""),
        "action": event.action,
        "subject": event.subject,
        "detail": dict(event.detail),
    }


def write(events: Iterable[Event], file_format: str) -> Iterator[str]:
    """The lines of a file: ``csv`` with its heading, or ``jsonl``."""
    return _to_csv(events) if file_format == "csv" else _to_lines(events)


def _to_csv(events: Iterable[Event]) -> Iterator[str]:
    # The byte order mark is what makes Excel read UTF-8.
    yield "\ufeff" + _line(dict(zip(COLUMNS, COLUMNS, strict=True)))
    for event in events:
        yield _line(record_of(event))


def _line(record: Mapping[str, Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([cell(record[name]) for name in COLUMNS])
    return text.getvalue()


def _to_lines(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        yield json.dumps(record_of(event), ensure_ascii=False) + "\n"
