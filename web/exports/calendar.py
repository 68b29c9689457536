"""Next steps, and the dates of programmes, as calendars that any mail program takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from flask_babel import gettext
from icalendar import Calendar, Event

from matcher.profile import Country, Programme
from web import i18n
from web.exports.dossier import Dossier, Entry, FollowUp, status
from web.triangles import Deadline, deadlines, run_in


def to_ics(dossier: Dossier) -> bytes:
    """One event of a whole day for each next step with a date: a day has no time zone, in Tokyo as in Ottawa.

    The UID stays that of the item, so that a newer file replaces the events of an older one.
    """
    calendar = _calendar(dossier.title, dossier.lang)
    for entry in dossier.entries:
        if entry.follow_up is not None and entry.follow_up.next_step_on is not None:
            calendar.add_component(_event(dossier, entry, entry.follow_up))
    return calendar.to_ical()


def _calendar(title: str, lang: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//Kakehashi//{lang.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    return calendar


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


# --- programmes -------------------------------------------------------------------------------------------------------

# A newer reading of a programme has a higher number, and replaces its events.
_FIRST_DAY: Final = date(2020, 1, 1)


def programmes_to_ics(programmes: Iterable[Programme], title: str, at: datetime) -> bytes:
    """The dates of programmes that are not past, in the current locale.

    A last day is a moment, as it ends hours earlier in Japan than in Canada; the day of a result is a whole day.
    """
    calendar = _calendar(title, i18n.language())
    for programme in programmes:
        for deadline in deadlines(programme, at):
            calendar.add_component(_dated(programme, deadline, at))
    return calendar.to_ical()


def _dated(programme: Programme, deadline: Deadline, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{programme.id}-{deadline.code}@kakehashi")
    event.add("sequence", max((programme.read_on - _FIRST_DAY).days, 0))
    event.add("dtstamp", at)
    if deadline.at is None:
        event.add("dtstart", deadline.day)
        event.add("dtend", deadline.day + timedelta(days=1))
    else:
        event.add("dtstart", deadline.at.astimezone(UTC))
    name = programme.name(i18n.language())
    event.add("summary", gettext("%(label)s: %(value)s", label=i18n.DATES[deadline.code], value=name))
    event.add("description", "\n".join(_moments(programme, deadline)))
    event.add("url", programme.website)
    event.add("transp", "TRANSPARENT")
    return event


def _moments(programme: Programme, deadline: Deadline) -> list[str]:
    read = gettext("As read on %(date)s; check with the operator.", date=i18n.day(programme.read_on))
    if deadline.at is None:
        return [read]
    moments = [
        gettext("%(label)s: %(value)s", label=i18n.ZONE_NAMES[country], value=i18n.clock(moment))
        for country in Country
        if (moment := deadline.in_zone(country))
    ]
    return [*moments, i18n.no_time_given(deadline.country, is_joint=run_in(programme) is None), read]
