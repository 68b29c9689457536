"""Which people an administrator looks for: unknown values are dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from web.forms.accounts import one_line
from web.forms.search import read_page
from web.security import AccountRole
from web.store.people import Wanted

PAGE_SIZE: Final = 50
_MAX_TEXT: Final = 120
_STATES: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to show, and which page of them."""

    wanted: Wanted
    page: int

    @property
    def window(self) -> slice:
        """Their places among all that are found."""
        return slice((self.page - 1) * PAGE_SIZE, self.page * PAGE_SIZE)


def read_people(args: MultiDict[str, str]) -> Asked:
    """The filter and the page from an address."""
    role = next((r for r in AccountRole if r.value == args.get("role")), None)
    wanted = Wanted(one_line(args.get("q"))[:_MAX_TEXT], role, _STATES.get(args.get("active", "")))
    return Asked(wanted, read_page(args))
