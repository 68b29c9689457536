"""Expressions of interest in words: how far one has come, and why it ended. The codes are those of ``web.store``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

INTEREST_STATUSES: Final[Mapping[str, Any]] = {
    "unconfirmed": pgettext("interest", "not confirmed yet"),
    "sent": pgettext("interest", "waiting for an answer"),
    "accepted": pgettext("interest", "accepted by both"),
    "declined": pgettext("interest", "declined"),
    "withdrawn": pgettext("interest", "withdrawn"),
    "ended": pgettext("interest", "ended"),
}
INTEREST_ENDS: Final[Mapping[str, Any]] = {
    "not_confirmed": _("Those who speak for the organisation did not confirm it."),
    "delisted": _("One of the two organisations is no longer listed."),
    "left": _("Nobody speaks for one of the two organisations any more."),
    "merged": _("Both entries are of one organisation now, or the same interest is open elsewhere."),
    "settled": _("An interest in the other direction was accepted instead."),
}
