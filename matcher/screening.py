"""Screening notes: which official lists to read because statements name what they are about.

A hint is never a verdict. It says that a concept of a statement lies within an area of a list, such as Canada's
sensitive technology research areas, Canada's Export Control List or Japan's Export Trade Control Order, and where that
list is. Whether a good, a technology or a project is listed depends on details that no statement gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from matcher.profile import Country, Statement
from matcher.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a list, with the concepts that lie in it; so do the narrower ones."""

    id: str
    labels: Mapping[str, str]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControlList:
    """An official list. ``links`` are its addresses in languages other than that of ``source``."""

    id: str
    country: Country
    names: Mapping[str, str]
    source: str
    links: Mapping[str, str]
    read_on: date
    areas: tuple[Area, ...]

    def name(self, lang: str) -> str:
        """The name in a language."""
        return self.names[lang]


@dataclass(frozen=True, slots=True)
class Hint:
    """A list to read: the areas that are touched, each with the concepts that touch it, as the statements name them."""

    list: ControlList
    areas: tuple[tuple[Area, tuple[str, ...]], ...]


@cache
def control_lists() -> tuple[ControlList, ...]:
    """The shipped lists, in the order of the file."""
    document = json.loads((files("matcher.data") / "screening.json").read_text(encoding="utf-8"))
    return tuple(_read(entry) for entry in document["lists"])


def _read(entry: Mapping[str, Any]) -> ControlList:
    areas = tuple(Area(a["id"], a["labels"], tuple(a["concepts"])) for a in entry["areas"])
    read_on = date.fromisoformat(entry["read_on"])
    country, links = Country(entry["country"]), entry.get("links", {})
    return ControlList(entry["id"], country, entry["names"], entry["source"], links, read_on, areas)


def hints(statements: Iterable[Statement], taxonomy: Taxonomy) -> tuple[Hint, ...]:
    """The lists that some statements touch, in the order of the file.

    >>> from matcher.corpus import Corpus
    >>> profile = Corpus.shipped().profiles["nord-quantique"]
    >>> found = hints(profile.statements, Taxonomy.shipped())
    >>> "quantum" in [area.id for area, _ in found[0].areas]
    True
    """
    named = sorted({notation for s in statements for notation in taxonomy.tag(s.text)})
    above = {notation: {notation, *taxonomy.ancestors(notation)} for notation in named}
    found = []
    for one in control_lists():
        touched = [(a, tuple(n for n in named if above[n] & set(a.concepts))) for a in one.areas]
        if areas := tuple((area, concepts) for area, concepts in touched if concepts):
            found.append(Hint(one, areas))
    return tuple(found)
