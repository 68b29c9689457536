"""Next steps as a calendar that any mail program takes."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext
from icalendar import Calendar, Event

from web import i18n
from web.exports.dossier import Dossier, Entry, FollowUp, status


def to_ics(dossier: Dossier) -> bytes:
    """One event of a whole day for each next step with a date: a day has no time zone, in Tokyo as in Ottawa.

    The UID stays that of the item, so that a newer file replaces the events of an older one.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//Kakehashi//{dossier.lang.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", dossier.title)
    for entry in dossier.entries:
        if entry.follow_up is not None and entry.follow_up.next_step_on is not None:
            calendar.add_component(_event(dossier, entry, entry.follow_up))
    return calendar.to_ical()


def _event(dossier: Dossier, entry: Entry, follow: FollowUp) -> Event:
    seeker, partner = i18n.short_name(entry.seeker), i18n.short_name(entry.partner)
    step = " ".join(follow.next_step.split()) or gettext("Next step")
    day = follow.next_step_on
    assert day is not None  # noqa: S101 - the caller looked
    event = Event()
    event.add("uid", f"{follow.item_id}@kakehashi")
    event.add("sequence", follow.version)
    event.add("dtstamp", dossier.made_at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", gettext("%(step)s – %(one)s and %(two)s", step=step, one=seeker, two=partner))
    event.add("description", "\n".join(_details(entry, follow)))
    event.add("transp", "TRANSPARENT")
    return event


def _details(entry: Entry, follow: FollowUp) -> list[str]:
    labelled = [
        (gettext("Status"), status(follow)),
        (gettext("Assigned to"), follow.assignee),
        (gettext("Note"), follow.note),
    ]
    words = [gettext("%(label)s: %(value)s", label=label, value=value) for label, value in labelled if value]
    return [i18n.reason(entry.explanation, entry.seeker, entry.partner), *words]
