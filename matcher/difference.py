"""What differs between two documents of one entry: field by field, statement by statement, word by word.

Works on any document of :mod:`matcher.document`, or a part of one. Lists of parts (statements, rules) are held against
each other by id, then by likeness; what is left was added or taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final

from rapidfuzz import fuzz


class Fate(StrEnum):
    """What became of a field, a part or a stretch of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of text that stayed, came or went."""

    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: ``path`` leads to it, ``old`` and ``new`` are its values as text, empty for none."""

    path: tuple[str, ...]
    fate: Fate
    old: str
    new: str

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The text with what came and what went marked in it."""
        return stretches(self.old, self.new)


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part of the list ``name``, such as a statement: ``place`` is its id, of a rule its code.

    ``old`` and ``new`` are the part itself, empty for none; ``fields`` are all of its fields, the unchanged ones too.
    """

    name: str
    place: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    fields: tuple[FieldChange, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """What leads to it, as far as it has an id."""
        return (self.name, self.place) if self.place else (self.name,)

    @property
    def fate(self) -> Fate:
        if not self.changed:
            return Fate.SAME
        return Fate.ADDED if not self.old else Fate.REMOVED if not self.new else Fate.CHANGED

    @property
    def changed(self) -> tuple[FieldChange, ...]:
        return tuple(f for f in self.fields if f.fate is not Fate.SAME)

    def field(self, name: str) -> FieldChange | None:
        """One of its fields by name."""
        return next((f for f in self.fields if f.path == (name,)), None)


@dataclass(frozen=True, slots=True)
class Difference:
    """All that two documents say: fields, and parts of lists in the order of the new document, what went last."""

    fields: tuple[FieldChange, ...]
    parts: tuple[PartChange, ...]

    @property
    def changed_fields(self) -> tuple[FieldChange, ...]:
        return tuple(f for f in self.fields if f.fate is not Fate.SAME)

    @property
    def changed_parts(self) -> tuple[PartChange, ...]:
        return tuple(p for p in self.parts if p.fate is not Fate.SAME)

    @property
    def is_empty(self) -> bool:
        return not self.changed_fields and not self.changed_parts


# From this likeness on, a part under another id is the same one, changed.
_ONE: Final = 0.6
# Below this likeness two texts are shown one after the other: words in common by chance only make a riddle of them.
_READABLE: Final = 0.35
# What names a part, and what two parts share that may be one.
_KEYS: Final = ("id", "rule", "field")
_SORTS: Final = ("role", "rule", "field")
# Words of Latin script, each character of any other, and runs of spaces.
_TOKENS: Final = re.compile(r"[^\W_\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """What became of each field and each part.

    >>> found = difference({"founded": 1999, "statements": [{"id": "c1", "text": "Makes pumps."}]},
    ...                    {"founded": 1999, "statements": [{"id": "c1", "text": "Makes heat pumps."}]})
    >>> [(f.path, f.fate.value) for f in found.fields], [(p.place, p.fate.value) for p in found.parts]
    ([(('founded',), 'same')], [('c1', 'changed')])
    >>> [(s.fate.value, s.text) for s in found.parts[0].changed[0].stretches]
    [('same', 'Makes'), ('added', ' heat'), ('same', ' pumps.')]
    """
    lists = [name for name in dict.fromkeys((*new, *old)) if _is_list(new.get(name)) or _is_list(old.get(name))]
    plain = [{k: v for k, v in document.items() if k not in lists} for document in (old, new)]
    parts = [part for name in lists for part in _parts(name, _items(old, name), _items(new, name))]
    return Difference(_fields(plain[0], plain[1]), tuple(parts))


def stretches(old: str, new: str) -> tuple[Stretch, ...]:
    """A text with what came and what went: by words, Japanese by character.

    >>> [(s.fate.value, s.text) for s in stretches("車いすの腕を造る。", "車いすの軽い腕を造る。")]
    [('same', '車いすの'), ('added', '軽い'), ('same', '腕を造る。')]
    """
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _READABLE:
        both = Stretch(Fate.REMOVED, old), Stretch(Fate.ADDED, new)
        return tuple(s for s in both if s.text)
    found: list[Stretch] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.append(Stretch(Fate.SAME, "".join(before[a:b])))
            continue
        found += [Stretch(Fate.REMOVED, "".join(before[a:b]))] if b > a else []
        found += [Stretch(Fate.ADDED, "".join(after[c:d]))] if d > c else []
    return tuple(found)


# --- fields -----------------------------------------------------------------------------------------------------------


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    before, after = dict(_flat(old)), dict(_flat(new))
    # A field that went stands where it was.
    paths = list(after)
    for place, path in enumerate(before):
        if path not in after:
            paths.insert(min(place, len(paths)), path)
    return tuple(FieldChange(p, _fate(before.get(p), after.get(p)), before.get(p, ""), after.get(p, "")) for p in paths)


def _fate(old: str | None, new: str | None) -> Fate:
    if old == new:
        return Fate.SAME
    return Fate.ADDED if not old else Fate.REMOVED if not new else Fate.CHANGED


def _flat(document: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each field as its path and one text; of nothing, nothing."""
    for name, value in document.items():
        own = (*path, str(name))
        if isinstance(value, Mapping):
            yield from _flat(value, own)
        elif isinstance(value, list | tuple):
            if value:
                yield own, "; ".join(map(_word, value))
        elif value is not None and value != "":
            yield own, _word(value)


def _word(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{'.'.join(path)}: {text}" for path, text in _flat(value))
    return str(value)


# --- parts ------------------------------------------------------------------------------------------------------------


def _is_list(value: object) -> bool:
    """Whether it is a list of parts."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _items(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = document.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def _parts(name: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[PartChange]:
    partners = _paired(old, new)
    for place, item in enumerate(new):
        yield _part(name, old[partners[place]] if place in partners else {}, item)
    for place, item in enumerate(old):
        if place not in partners.values():
            yield _part(name, item, {})


def _part(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> PartChange:
    part = new or old
    return PartChange(name, str(next((part[k] for k in _KEYS if part.get(k)), "")), old, new, _fields(old, new))


def _paired(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Which old part each new one was: what is equal, then by id where the texts are alike, then the likest."""
    pairs: dict[int, int] = {}
    rounds = (
        lambda a, b: 1.0 if a == b else 0.0,
        lambda a, b: _likeness(a, b) if a.get("id") is not None and a.get("id") == b.get("id") else 0.0,
        _likeness,
    )
    for likeness in rounds:
        free = [i for i in range(len(old)) if i not in pairs.values()]
        left = [j for j in range(len(new)) if j not in pairs]
        scored = sorted(((likeness(old[i], new[j]), -i, -j) for i in free for j in left), reverse=True)
        for score, i, j in scored:
            if score >= _ONE and -j not in pairs and -i not in pairs.values():
                pairs[-j] = -i
    # Under one id, and nothing better for either: rewritten.
    for j, item in enumerate(new):
        for i, other in enumerate(old):
            if j not in pairs and i not in pairs.values() and item.get("id") and item.get("id") == other.get("id"):
                pairs[j] = i
    return pairs


def _likeness(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """How alike two parts are, by their texts where they have one; of two roles, say, they are never one."""
    if any(one.get(name) != other.get(name) for name in _SORTS):
        return 0.0
    texts = (
        str(p["text"]) if p.get("text") else _word({k: v for k, v in p.items() if k != "id"}) for p in (one, other)
    )
    return fuzz.ratio(*texts) / 100
