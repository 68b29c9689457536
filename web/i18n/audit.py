"""The audit log in words: what was done, and what its details are called."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from web.i18n.formats import listed

# Every action that the store writes; a test compares.
ACTIONS: Final[Mapping[str, Any]] = {
    "account.activate": _("let a person in again"),
    "account.administrator": _("made an administrator"),
    "account.create": _("opened an account"),
    "account.deactivate": _("deactivated a person"),
    "account.delete": _("deleted an account"),
    "account.forgotten": _("asked for a new password"),
    "account.link": _("linked an account elsewhere"),
    "account.password": _("set a new password"),
    "account.role": _("changed a role"),
    "account.send_reset": _("sent a link for a new password"),
    "account.sign_in": _("signed in"),
    "account.sign_out_everywhere": _("ended all sessions"),
    "account.sign_up": _("asked for an account"),
    "account.update": _("changed name or language"),
    "account.verify": _("confirmed a mail address"),
    "audit.export": _("exported the audit log"),
    "combination.activate": _("put weights in use"),
    "combination.create": _("added weights"),
    "combination.rollback": _("went back to earlier weights"),
    "database.restore": _("restored a backup"),
    "import.accept": _("accepted an import"),
    "import.undo": _("took back an import"),
    "interest.accept": _("accepted an expression of interest"),
    "interest.confirm": _("confirmed an expression of interest"),
    "interest.decline": _("declined an expression of interest"),
    "interest.end": _("an expression of interest ended"),
    "interest.express": _("expressed interest"),
    "interest.message": _("wrote about an expression of interest"),
    "interest.mute": _("turned reminders off"),
    "interest.remind": _("sent a reminder"),
    "interest.reveal": _("two sides were told each other’s contact"),
    "interest.undo": _("took back an answer"),
    "interest.withdraw": _("withdrew an expression of interest"),
    "item.create": _("added a match to a shortlist"),
    "item.delete": _("removed a match from a shortlist"),
    "item.restore": _("put a match back on a shortlist"),
    "item.save": _("changed a match on a shortlist"),
    "judgement.restore": _("restored an answer on a pair"),
    "judgement.save": _("answered on a pair"),
    "judgement.show": _("let a pair back on lists"),
    "judgement.withdraw": _("withdrew an answer on a pair"),
    "keeper.no_reminders": _("turned reminders of the listing off"),
    "organisation.create": _("added an organisation"),
    "organisation.delete": _("deleted an organisation"),
    "organisation.distinct": _("found two organisations to be two"),
    "organisation.distinct_undone": _("took back that two organisations are two"),
    "organisation.expired": _("an organisation’s listing ended"),
    "organisation.merge": _("merged another organisation into one"),
    "organisation.merged_into": _("merged an organisation away"),
    "organisation.published": _("listed an organisation"),
    "organisation.restore": _("restored an earlier state of an organisation"),
    "organisation.unmerge": _("took back a merge"),
    "organisation.unmerged_from": _("brought a merged organisation back"),
    "organisation.update": _("changed an organisation"),
    "organisation.withdrawn": _("withdrew an organisation"),
    "programme.create": _("added a programme"),
    "programme.restore": _("restored a programme"),
    "programme.update": _("changed a programme"),
    "search.create": _("saved a search"),
    "search.delete": _("deleted a saved search"),
    "search.dismiss": _("dismissed news of a search"),
    "search.purge": _("deleted a saved search for good"),
    "search.renew_feed": _("gave a feed a new address"),
    "search.report": _("reported news of a search"),
    "search.restore": _("restored a saved search"),
    "search.stop_mail": _("stopped the mail of a search"),
    "search.undismiss": _("took back a dismissal"),
    "search.update": _("changed a saved search"),
    "shortlist.archive": _("archived a shortlist"),
    "shortlist.create": _("made a shortlist"),
    "shortlist.delete": _("deleted a shortlist"),
    "shortlist.order": _("ordered a shortlist"),
    "shortlist.restore": _("restored a shortlist"),
    "shortlist.save": _("renamed or shared a shortlist"),
    "shortlist.unarchive": _("took a shortlist out of the archive"),
    "submission.attach": _("made a new profile a claim"),
    "submission.create": _("began a profile"),
    "submission.delete": _("deleted a working copy"),
    "submission.publish": _("published a profile"),
    "submission.return": _("returned a profile"),
    "submission.submit": _("submitted a profile"),
    "submission.take_back": _("took back a submission"),
    "taxonomy.change": _("changed the subjects"),
    "taxonomy.undo": _("took back a change of the subjects"),
    "team.create": _("made a team"),
    "team.delete": _("deleted a team"),
    "team.join": _("joined a team"),
    "team.remove": _("took a person out of a team"),
    "team.rename": _("renamed a team"),
    "team.right": _("changed a right in a team"),
    "token.create": _("made an API token"),
    "token.revoke": _("revoked an API token"),
}
# What nobody reads to its end; the export has it whole.
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DETAILS: Final[Mapping[str, Any]] = {
    "before": pgettext("detail", "before"),
    "change": pgettext("detail", "change"),
    "digest": pgettext("detail", "digest"),
    "expires_on": pgettext("detail", "until"),
    "fields": pgettext("detail", "fields"),
    "format": pgettext("detail", "format"),
    "frequency": pgettext("detail", "how often"),
    "from": pgettext("detail", "from"),
    "hidden": pgettext("detail", "hidden"),
    "how": pgettext("detail", "how"),
    "into": pgettext("detail", "into"),
    "is_renamed": pgettext("detail", "renamed"),
    "issuer": pgettext("detail", "issuer"),
    "judged": pgettext("detail", "judged in order"),
    "lang": pgettext("detail", "language"),
    "member": pgettext("detail", "member"),
    "new": pgettext("detail", "new"),
    "old": pgettext("detail", "old"),
    "order": pgettext("detail", "order"),
    "organisation": pgettext("detail", "organisation"),
    "organisations": pgettext("detail", "organisations"),
    "other": pgettext("detail", "other"),
    "page": pgettext("detail", "page"),
    "pair": pgettext("detail", "pair"),
    "profiles": pgettext("detail", "organisations"),
    "reason": pgettext("detail", "reason"),
    "reasons": pgettext("detail", "reasons"),
    "refusal": pgettext("detail", "reason"),
    "relevant": pgettext("detail", "relevant"),
    "reminders": pgettext("detail", "reminders"),
    "restored": pgettext("detail", "restored revision"),
    "revision": pgettext("detail", "revision"),
    "right": pgettext("detail", "right"),
    "role": pgettext("detail", "role"),
    "scopes": pgettext("detail", "scopes"),
    "shortlist": pgettext("detail", "shortlist"),
    "source": pgettext("detail", "source"),
    "team": pgettext("detail", "team"),
    "to": pgettext("detail", "to"),
    "token": pgettext("detail", "token"),
    "until": pgettext("detail", "until"),
}


def action_words(action: str) -> str:
    """What was done; empty for a code of another release."""
    return str(ACTIONS.get(action, ""))


def detail_words(detail: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The details of an event with what they are called; people by name."""
    return [
        (str(_DETAILS.get(key, key)), _value_words(value, names))
        for key, value in detail.items()
        if value not in (None, "", [], {})
    ]


def _value_words(value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        return listed(value, "unit")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = names.get(str(value)) or str(value)
    return f"{text[:12]}…" if _DIGEST.fullmatch(text) else text
