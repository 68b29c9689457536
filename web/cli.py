"""The command ``kakehashi``: serve, keep and question the database of organisations.

Exit codes: 0 done; 1 the data has faults, or what was asked for does not exist; 2 wrong usage; 3 no usable database.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.__main__ import (
    Refused,
    add_evaluate,
    add_json,
    add_lang,
    add_rank,
    add_search,
    print_check,
    print_evaluation,
    print_json,
    query_text,
    read_corpus,
    run,
    where_of,
)

if TYPE_CHECKING:
    from flask import Flask

    from matcher.explain import Explanation
    from web.config import Settings
    from web.matching import Board, Found


class NotReady(Refused):
    """There is no database to work with."""

    exit_code = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="kakehashi", description="Partners between Japan and Canada, with reasons.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the pages on this machine")
    serve.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on, 0 for a free one (default: 8000)")
    serve.set_defaults(run=_serve)

    database = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="COMMAND")
    upgrade = database.add_parser("upgrade", help="create the database or bring it up to date")
    add_json(upgrade)
    upgrade.set_defaults(run=_upgrade)

    load = commands.add_parser("load", help="load the shipped data, or a folder of data files, into the database")
    load.add_argument("folder", type=Path, nargs="?", help="a folder laid out as data/ (default: the shipped data)")
    add_json(load)
    load.set_defaults(run=_load)

    check = commands.add_parser("check", help="validate every data file and name each fault; needs no database")
    check.add_argument("folder", type=Path, nargs="?", help="a folder laid out as data/ (default: the shipped data)")
    add_json(check)
    check.set_defaults(run=lambda args: print_check(read_corpus(args.folder), as_json=args.json))

    add_rank(commands).set_defaults(run=_rank)
    add_search(commands).set_defaults(run=_search)
    add_evaluate(commands).set_defaults(run=_evaluate)

    export = commands.add_parser("export", help="write all profiles, or the best partners of everyone, to a file")
    export.add_argument("what", choices=["profiles", "matches"])
    export.add_argument("output", type=Path, help="a name ending in .json, .jsonl or .csv")
    export.add_argument("--top", type=int, default=10, metavar="N", help="partners an organisation (default: 10)")
    add_lang(export)
    add_json(export)
    export.set_defaults(run=_export)

    return run(parser, argv)


# --- the server and the database --------------------------------------------------------------------------------------


def _serve(args: argparse.Namespace) -> None:
    import socket

    from waitress.server import create_server

    from web.config import Settings

    settings = Settings()
    host, port = args.host or settings.host, settings.port if args.port is None else args.port
    with _application(settings=settings) as (app, _board):
        try:
            listener = socket.create_server((host, port))
        except OSError as error:
            raise Refused(f"cannot listen on {host}, port {port}: {error.strerror}; try --port 0") from error
        server = create_server(app, sockets=[listener], threads=settings.threads, ident=None)
        print(f"Kakehashi is at http://{host}:{listener.getsockname()[1]}/  (stop with Ctrl+C)", flush=True)
        server.run()


def _upgrade(args: argparse.Namespace) -> None:
    from importlib.resources import as_file, files

    from alembic import command
    from alembic.config import Config

    from web.config import Settings

    settings = Settings()
    settings.instance_folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("web.migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["database_url"] = settings.database()
        command.upgrade(config, "head")
    if args.json:
        print_json({"up_to_date": True})
    else:
        print("the database is up to date")


def _load(args: argparse.Namespace) -> None:
    from web import store
    from web.extensions import db
    from web.matching import encode_corpus

    corpus = read_corpus(args.folder)
    with _application(fitted=False), _progress_bar("texts encoded") as progress:
        fresh = encode_corpus(corpus, progress)
        loaded = store.save_corpus(db.session, corpus, actor="kakehashi load")
        store.save_vectors(db.session, fresh)
        db.session.commit()
    if args.json:
        print_json({"added": loaded.added, "updated": loaded.updated, "unchanged": loaded.unchanged})
    else:
        print(f"{loaded.added} added, {loaded.updated} updated, {loaded.unchanged} unchanged")


@contextmanager
def _application(settings: Settings | None = None, *, fitted: bool = True) -> Iterator[tuple[Flask, Board | None]]:
    """An application context, with the matcher fitted unless told otherwise."""
    from web import create_app, store
    from web.extensions import db

    app = create_app(settings)
    with app.app_context():
        board = None
        try:
            store.find_corpus_version(db.session)
            if fitted:
                with _progress_bar("texts encoded") as progress:
                    board = app.extensions["kakehashi.boards"].current(progress)
        except store.DatabaseNotReady as error:
            raise NotReady(f"no usable database ({error}); run: kakehashi db upgrade && kakehashi load") from error
        # The session opened for reading must not stay open under a server.
        db.session.rollback()
        yield app, board


@contextmanager
def _progress_bar(what: str, total: int | None = None) -> Iterator[Callable[[int], object]]:
    """A function to report progress to; nothing shows until there is some, nor where no one watches."""
    from tqdm import tqdm

    with tqdm(desc=what, total=total, unit="", delay=0.5, disable=None, file=sys.stderr) as bar:
        yield bar.update


# --- questions --------------------------------------------------------------------------------------------------------


@contextmanager
def _asking(lang: str) -> Iterator[Board]:
    """The board of the stored corpus, in the locale of the answer."""
    from flask_babel import force_locale

    with _application() as (_app, board), force_locale(lang):
        assert board is not None  # noqa: S101 - fitted by default
        yield board


def _rank(args: argparse.Namespace) -> None:
    with _asking(args.lang) as board:
        seeker = board.corpus.get(args.name)
        explanations = board.partners(seeker.id, args.top, where_of(args, board.taxonomy.fields))
        if args.json:
            print_json(
                {"snapshot": board.corpus.snapshot_id, "matches": [_worded(e, board, args.lang) for e in explanations]}
            )
            return
        print(f"{seeker.name(args.lang)} ({seeker.country})")
        for place, explanation in enumerate(explanations, 1):
            _print_match(place, explanation, board, args)


def _worded(explanation: Explanation, board: Board, lang: str) -> dict[str, object]:
    """An explanation as plain values, with the names and the one-line reason in the reader's language."""
    from web import i18n

    seeker, partner = board.parties(explanation)
    names = {"seeker_name": seeker.name(lang), "partner_name": partner.name(lang)}
    return explanation.to_dict() | names | {"reason": i18n.reason(explanation, seeker, partner)}


def _print_match(place: int, explanation: Explanation, board: Board, args: argparse.Namespace) -> None:
    from matcher.explain import Side
    from web import i18n

    match = explanation.match
    seeker, partner = board.parties(explanation)
    print(
        f"\n{place:3}. {partner.name(args.lang)} — {partner.place(args.lang)}, {i18n.KINDS[partner.kind]}\n"
        f"     {i18n.BANDS[match.band]} ({100 * match.fit:.2f}) · {i18n.RELATIONS[match.relation]}\n"
        f"     {i18n.reason(explanation, seeker, partner)}"
    )
    if not args.explain:
        return
    for side, wants in ((Side.GETS, seeker), (Side.GIVES, partner)):
        print(f"     {i18n.wants_heading(wants, match.relation)}")
        for e in explanation.of(side):
            print(f"       {e.points:6.2f}  {i18n.COVERAGES[e.coverage]}")
            print(f"               {e.wanted.text}  <{e.wanted.source}>")
            print(f"               {e.met_by.text}  <{e.met_by.source}>")
        answered = {e.wanted.id for e in explanation.of(side)}
        for gap in explanation.gaps:
            if gap.side is side and gap.wanted.id not in answered:
                print(f"          –    {i18n.COVERAGES[gap.coverage]}: {gap.wanted.text}")
    print(f"     {i18n.rule(match)}")


def _search(args: argparse.Namespace) -> None:
    text = query_text(args.text)
    with _asking(args.lang) as board:
        results = board.search(text, country=args.country, k=args.top)
        if args.json:
            print_json([_found(found, args.lang) for found in results.found])
            return
        if not results.found:
            near = ", ".join(p.name(args.lang) for p in results.suggestions)
            raise Refused(f"nothing found for '{text}'" + (f"; did you mean {near}?" if near else ""))
        for place, found in enumerate(results.found, 1):
            print(f"{place:3}. {found.profile.name(args.lang)}  [{found.profile.id}]  {found.profile.country}")
            if found.statement:
                print(f"     {found.statement.text}")


def _found(found: Found, lang: str) -> dict[str, object]:
    statement = found.statement
    return {
        "id": found.profile.id,
        "name": found.profile.name(lang),
        "country": found.profile.country.value,
        "found_by": "meaning" if statement else "name",
        "statement": {"id": statement.id, "lang": statement.lang, "text": statement.text} if statement else None,
    }


def _evaluate(args: argparse.Namespace) -> None:
    from matcher.evaluate import compare, evaluate, read_judgements

    with _asking("en") as board:
        rows = evaluate(compare(board.corpus, board.matcher), read_judgements(), board.corpus.profiles)
        print_evaluation(rows, as_json=args.json)


def _export(args: argparse.Namespace) -> None:
    from web import exports

    with _asking(args.lang) as board, _progress_bar("organisations", len(board.corpus.profiles)) as progress:
        if args.what == "profiles":
            records = exports.profile_records(board.corpus)
        else:
            records = exports.match_records(board, args.top, args.lang, progress)
        try:
            count = exports.write(args.output, records)
        except ValueError as error:
            raise Refused(str(error)) from error
    if args.json:
        print_json({"records": count, "output": str(args.output)})
    else:
        print(f"{count} records in {args.output}")


if __name__ == "__main__":
    sys.exit(main())
