"""The data quality report, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from matcher.quality import Check, Finding
from web.i18n.formats import day, listed
from web.i18n.labels import LANGUAGE_NAMES
from web.i18n.programmes import field_label

# What a check looks for, and what it means to a reader.
CHECK_MEANINGS: Final[Mapping[Check, Any]] = {
    Check.BROKEN_FORMAT: _("A file does not follow the format, so nothing of it is used."),
    Check.NO_SOURCE: _("A fact names no source: nobody can check it."),
    Check.NO_DATE: _("Nobody wrote down when the source was read."),
    Check.UNKNOWN_FIELD: _("The entry names a field that the taxonomy does not have."),
    Check.READ_IN_FUTURE: _("The source is said to have been read on a day that is still to come."),
    Check.STALE: _("The source was read long ago. What it says may have changed."),
    Check.NO_STATEMENT: _("Nothing is known of what it offers or looks for, so it is nobody’s partner."),
    Check.FEW_STATEMENTS: _("No more statements than every profile must have."),
    Check.NO_NEED: _("No public need found. Ask what it looks for."),
    Check.NEEDS_INFERRED: _("Every need is read from a published plan; none is asked for in so many words."),
    Check.ONE_LANGUAGE: _("All its statements are in the same language."),
    Check.UNTAGGED: _("The statement names no subject of the taxonomy, so it is compared by meaning and words alone."),
    Check.FIELD_WITHOUT_NEEDS: _("No organisation of the country states a need in this field."),
    Check.FIELD_WITHOUT_CAPABILITIES: _("No organisation of the country states a capability in this field."),
    Check.UNUSED_CONCEPT: _("No statement names this subject, nor a narrower one."),
    Check.STATUS_OUTDATED: _("Its dates say that the status has changed since it was read."),
    Check.NO_RULES: _("No eligibility rule has been read from public sources yet. Ask the operator."),
    Check.PAGES_DISAGREE: _("Public pages say different things. Both readings are shown."),
}


def finding_detail(finding: Finding) -> str:
    """What a finding adds to the name it is about; empty where it adds nothing."""
    if finding.check is Check.STALE:
        return gettext("oldest read on %(date)s", date=day(date.fromisoformat(finding.detail)))
    if finding.check is Check.STATUS_OUTDATED:
        return day(date.fromisoformat(finding.detail))
    if finding.check is Check.ONE_LANGUAGE:
        return str(LANGUAGE_NAMES[finding.detail])
    if finding.check is Check.PAGES_DISAGREE:
        return listed(field_label(name) for name in finding.detail.split(", "))
    return "" if finding.check is Check.FEW_STATEMENTS else finding.detail
