"""Counting how often profiles are shown: in memory while pages are read, written down in the background.

A GET writes nothing and waits for nothing. What was counted since the last look is lost where the process is killed.
Visitors leave no trace: there is a sum for each address, day and kind of page, and no more.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from flask import Flask, current_app

from web.extensions import db
from web.store.showings import Kind, save_showings

_log = logging.getLogger(__name__)

_PAUSE: Final = 60.0  # seconds between two times of writing down

_lock = threading.Lock()


def count(kind: Kind, addresses: Iterable[str]) -> None:
    """Notes that the organisations with these addresses are being shown."""
    day = datetime.now(UTC).date()
    with _lock:
        _counts().update((address, day, kind) for address in addresses)


def flush() -> None:
    """Writes down what was counted, and commits; on failure it is kept for the next time."""
    with _lock:
        taken = Counter(_counts())
        _counts().clear()
    if not taken:
        return
    try:
        save_showings(db.session, taken)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        with _lock:
            _counts().update(taken)
        raise


def start_flushing(app: Flask, stop: threading.Event) -> threading.Thread:
    """Writes down in the background of a server, until the event is set, and then once more."""
    thread = threading.Thread(target=_keep_flushing, args=(app, stop), name="showings", daemon=True)
    thread.start()
    return thread


def _counts() -> Counter[tuple[str, date, Kind]]:
    counts: Counter[tuple[str, date, Kind]] = current_app.extensions.setdefault("kakehashi.showings", Counter())
    return counts


def _keep_flushing(app: Flask, stop: threading.Event) -> None:
    is_last = False
    while not is_last:
        is_last = stop.wait(_PAUSE)
        try:
            with app.app_context():
                flush()
        except Exception:  # noqa: BLE001 - the counts are still in memory: whatever it was, the next look tries again
            _log.exception("showings could not be written down")
