"""``kakehashi duplicates``, ``merge`` and ``unmerge``: one organisation entered twice."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from matcher.__main__ import Refused, add_duplicates, add_json, print_duplicates, print_json, read_corpus

if TYPE_CHECKING:
    from matcher.corpus import Corpus
    from web.store.merging import Moved, Proposal

_ACTOR = "kakehashi merge"


def add(commands: Any) -> None:
    """Adds the commands."""
    add_duplicates(commands).set_defaults(run=_duplicates)

    merge = commands.add_parser("merge", help="make one of two entries of one organisation")
    merge.add_argument("keep", help="id, name or alias of the entry that stays")
    merge.add_argument("remove", help="the one whose address will lead to the other")
    merge.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    add_json(merge)
    merge.set_defaults(run=_merge)

    unmerge = commands.add_parser("unmerge", help="make two of a merged entry again, while nobody has changed it")
    unmerge.add_argument("removed", help="the id that was merged into another")
    add_json(unmerge)
    unmerge.set_defaults(run=_unmerge)


def _duplicates(args: argparse.Namespace) -> None:
    if args.folder is not None:
        print_duplicates(read_corpus(args.folder), as_json=args.json)
        return
    from web.cli import stored_corpus
    from web.extensions import db
    from web.store import merging

    with stored_corpus() as corpus:
        print_duplicates(corpus, as_json=args.json, distinct=frozenset(merging.list_distinct(db.session)))


def _merge(args: argparse.Namespace) -> None:
    from web.cli import stored_corpus
    from web.extensions import db
    from web.store import merging

    with stored_corpus() as corpus:
        keep_id, remove_id = _find(corpus, args.keep), _find(corpus, args.remove)
        try:
            proposal = merging.get_proposal(db.session, keep_id=keep_id, remove_id=remove_id)
            moved = None
            if not args.dry_run:
                moved = merging.save_merge(db.session, keep_id=keep_id, remove_id=remove_id, actor=_ACTOR)
                db.session.commit()
        except merging.UnknownPair as error:
            raise Refused(f"cannot merge: {error}; they must be two organisations of one country") from error
    _print_merge(proposal, moved, as_json=args.json)


def _find(corpus: Corpus, text: str) -> str:
    """An organisation by id or name, closed and silent ones too."""
    from matcher.corpus import HasClosed, HasNoStatements

    if text in corpus.organisations:
        return text
    try:
        return corpus.get(text).id
    except (HasClosed, HasNoStatements) as found:
        return found.profile.id


def _print_merge(proposal: Proposal, moved: Moved | None, *, as_json: bool) -> None:
    union = proposal.union
    if as_json:
        print_json(
            {
                "keep": proposal.keep.id, "remove": proposal.remove.id, "merged": moved is not None,
                "aliases": list(union.aliases), "statements_added": [s.id for s in union.added],
                "statements_there_already": len(union.same),
                "shortlist_items": moved.items if moved else 0, "saved_searches": moved.searches if moved else 0,
            }
        )  # fmt: skip
        return
    verb = "merged" if moved else "would be merged"
    print(f"{proposal.remove.id} {verb} into {proposal.keep.id}")
    print(f"  names taken over: {', '.join(union.aliases) or 'none'}")
    print(f"  statements taken over: {len(union.added)}; there already: {len(union.same)}")
    if moved:
        print(f"  shortlist items that follow: {moved.items}; saved searches: {moved.searches}")
        print(f"  undo: kakehashi unmerge {proposal.remove.id}")
    if moved and moved.left:
        print(f"  {moved.left} shortlist items stay as they are: their list has the same match already")


def _unmerge(args: argparse.Namespace) -> None:
    from web.cli import stored_corpus
    from web.extensions import db
    from web.store import Outdated, merging

    with stored_corpus():
        try:
            keep_id = merging.save_unmerge(db.session, removed_id=args.removed, actor=_ACTOR)
        except merging.UnknownPair as error:
            raise Refused(f"'{args.removed}' was not merged into another entry") from error
        except Outdated as error:
            raise Refused(f"cannot be undone: '{error}' was changed since the merge") from error
        db.session.commit()
    if args.json:
        print_json({"restored": args.removed, "from": keep_id})
    else:
        print(f"{args.removed} is an entry of its own again; {keep_id} is as it was before")
