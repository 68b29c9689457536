"""What the address of a picture asks for; unknown values are dropped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from matcher.match import Relation
from matcher.profile import Country


@dataclass(frozen=True, slots=True)
class MapQuestion:
    """Whose needs, and of which row or tile all of them; a column alone asks nothing."""

    country: Country
    asked: str | None
    offered: str | None


def read_map(args: MultiDict[str, str], fields: Collection[str]) -> MapQuestion:
    """What a heat map is asked for; the needs of Japan unless told otherwise."""
    country = Country.CA if args.get("country") == Country.CA else Country.JP
    asked = _field(args, "asked", fields)
    return MapQuestion(country, asked, _field(args, "offered", fields) if asked else None)


def read_network(args: MultiDict[str, str], fields: Collection[str]) -> tuple[str | None, Relation | None]:
    """The field and the relation that a network is asked for."""
    relation = args.get("relation")
    return _field(args, "field", fields), Relation(relation) if relation in set(Relation) else None


def _field(args: MultiDict[str, str], name: str, fields: Collection[str]) -> str | None:
    value = args.get(name)
    return value if value in fields else None
