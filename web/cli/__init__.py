"""The command ``kakehashi``: serve, keep and question the database of organisations.

Exit codes: 0 done; 1 the data has faults, or what was asked for does not exist; 2 wrong usage; 3 no usable database.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.__main__ import (
    Refused,
    add_check,
    add_evaluate,
    add_json,
    add_lang,
    add_rank,
    add_search,
    check,
    measured,
    print_evaluation,
    print_json,
    query_text,
    read_corpus,
    run,
    where_of,
)

if TYPE_CHECKING:
    from flask import Flask

    from matcher.corpus import Corpus
    from matcher.explain import Explanation
    from web.alerts import Report
    from web.config import Settings
    from web.mail import Delivery
    from web.matching import Board, Found


class NotReady(Refused):
    """There is no database to work with."""

    exit_code = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    from web.cli import imports, operations, serving

    parser = argparse.ArgumentParser(prog="kakehashi", description="Partners between Japan and Canada, with reasons.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serving.add(commands)
    operations.add(commands)
    _add_people_and_mail(commands)

    database = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="COMMAND")
    upgrade = database.add_parser("upgrade", help="create the database or bring it up to date")
    add_json(upgrade)
    upgrade.set_defaults(run=_upgrade)

    load = commands.add_parser("load", help="load the shipped data, or a folder of data files, into the database")
    load.add_argument("folder", type=Path, nargs="?", help="a folder laid out as data/ (default: the shipped data)")
    load.add_argument("--overwrite", action="store_true", help="take the files’ also where people have edited an entry")
    add_json(load)
    load.set_defaults(run=_load)

    check_data = add_check(commands)
    check_data.add_argument("folder", type=Path, nargs="?", help="laid out as data/ (default: the shipped data)")
    check_data.set_defaults(run=lambda args: check(args, args.folder))

    imports.add(commands)
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

    verify = commands.add_parser("verify", help="rank an exported dossier again, or check a certificate of interest")
    verify.add_argument("file", type=Path, help="a dossier exported as JSON; or the reference number of a certificate")
    verify.add_argument("--code", metavar="CODE", help="the check code of the certificate")
    add_json(verify)
    verify.set_defaults(run=_verify)

    alerts = commands.add_parser("alerts", help="news of saved searches").add_subparsers(
        required=True, metavar="COMMAND"
    )
    alerts_run = alerts.add_parser("run", help="mail what is new in every saved search that is due")
    alerts_run.add_argument("--dry-run", action="store_true", help="say what would be mailed, and change nothing")
    add_json(alerts_run)
    alerts_run.set_defaults(run=_run_alerts)

    from web.cli import (
        audit,
        draft,
        duplicates,
        feedback,
        interests,
        listings,
        programmes,
        registry,
        taxonomy,
        tokens,
        why,
    )

    for part in (duplicates, registry, draft, programmes, feedback, interests, why, listings, tokens, audit, taxonomy):
        part.add(commands)

    try:
        return run(parser, argv)
    except Exception as error:
        message = _cause_in_the_database(error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        return NotReady.exit_code


def _cause_in_the_database(error: Exception) -> str | None:
    """What to say of an error that the database gives rise to, whichever command it stops; None for any other."""
    from web import store

    cause = str(getattr(error, "orig", error)).partition("\n")[0]
    if isinstance(error, store.DatabaseAway | store.Unavailable):
        return f"the database does not answer, or is busy ({cause}); nothing was changed"
    if isinstance(error, store.Collision):
        return "somebody else has changed the same thing at this moment; nothing was changed, try again"
    if isinstance(error, store.Unstorable):
        return f"the database does not take a value ({cause}); nothing was changed"
    return str(error) if isinstance(error, store.UnfitDatabase) else None


def _add_people_and_mail(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    users = commands.add_parser("users", help="people with an account").add_subparsers(required=True, metavar="COMMAND")
    create = users.add_parser("create-admin", help="make an administrator, or make one of somebody with an account")
    create.add_argument("email", help="the mail address; the password is asked for, or read from standard input")
    create.add_argument("--name", default="", help="how the person is called (default: the address up to the @)")
    add_json(create)
    create.set_defaults(run=_create_administrator)
    list_users = users.add_parser("list", help="everybody with an account")
    add_json(list_users)
    list_users.set_defaults(run=_list_users)

    mail = commands.add_parser("mail", help="mail on its way").add_subparsers(required=True, metavar="COMMAND")
    send = mail.add_parser("send", help="hand waiting mail to the mail server; a server with one set does so by itself")
    add_json(send)
    send.set_defaults(run=_send_mail)
    list_mail = mail.add_parser("list", help="show waiting mail with its text, and why it waits")
    add_json(list_mail)
    list_mail.set_defaults(run=_list_mail)


# --- the database ---------------------------------------------------------------------------------------------------


def _upgrade(args: argparse.Namespace) -> None:
    from web.config import Settings
    from web.store import schema

    settings = Settings()
    settings.instance_folder.mkdir(parents=True, exist_ok=True)
    try:
        schema.upgrade(settings.database())
    except schema.LaterRelease as error:
        raise Refused(
            f"a later release has migrated the database; this one knows it up to migration {schema.latest()}, and "
            "serves it as it is"
        ) from error
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
        loaded = store.save_corpus(db.session, corpus, actor="kakehashi load", keeps_edits=not args.overwrite)
        store.save_vectors(db.session, fresh)
        db.session.commit()
    if args.json:
        print_json(asdict(loaded))
        return
    print(f"{loaded.added} added, {loaded.updated} updated, {loaded.unchanged} unchanged")
    if loaded.kept:
        print(f"{len(loaded.kept)} kept as edited here, though the files differ; --overwrite takes the files’:")
        print("\n".join(f"  {entry_id}" for entry_id in loaded.kept))


@contextmanager
def _application(settings: Settings | None = None, *, fitted: bool = True) -> Iterator[tuple[Flask, Board | None]]:
    """An application context, with the matcher fitted unless told otherwise."""
    from web import create_app, store
    from web.extensions import db

    # A command that signs something checks the secret itself.
    app = create_app(settings, needs_secret=False)
    with app.app_context():
        board = None
        try:
            store.find_corpus_version(db.session)
            if fitted:
                with _progress_bar("texts encoded") as progress:
                    board = app.extensions["kakehashi.boards"].current(progress)
            # The session opened for reading must not stay open under a server.
            db.session.rollback()
            yield app, board
        except store.DatabaseNotReady as error:
            raise NotReady(f"no usable database ({error}); run: kakehashi db upgrade && kakehashi load") from error
        finally:
            db.session.close()
            db.engine.dispose()


@contextmanager
def stored_corpus() -> Iterator[Corpus]:
    """The stored corpus, within an application context; for commands that need no matcher."""
    from web import store
    from web.extensions import db

    with _application(fitted=False):
        yield store.get_corpus(db.session)


@contextmanager
def _progress_bar(what: str, total: int | None = None) -> Iterator[Callable[[int], object]]:
    """A function to report progress to; nothing shows until there is some, nor where no one watches."""
    from tqdm import tqdm

    with tqdm(desc=what, total=total, unit="", delay=0.5, disable=None, file=sys.stderr) as bar:
        yield bar.update


# --- questions --------------------------------------------------------------------------------------------------------


@contextmanager
def asking(lang: str) -> Iterator[Board]:
    """The board of the stored corpus, in the locale of the answer."""
    from flask_babel import force_locale

    with _application() as (_app, board), force_locale(lang):
        assert board is not None  # noqa: S101 - fitted by default
        yield board


def _rank(args: argparse.Namespace) -> None:
    with asking(args.lang) as board:
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
        f"\n{place:3}. {partner.name(args.lang)} — {partner.place(args.lang) or i18n.place(partner)}, "
        f"{i18n.KINDS[partner.kind]}\n"
        f"     {i18n.BANDS[match.band]} ({100 * match.fit:.2f}) · {i18n.RELATIONS[match.relation]}\n"
        f"     {i18n.reason(explanation, seeker, partner)}"
    )
    if not args.explain:
        return
    for side, wants in ((Side.GETS, seeker), (Side.GIVES, partner)):
        print(f"     {i18n.wants_heading(wants, match.relation)}")
        for e in explanation.of(side):
            print(f"       {e.points:6.2f}  {i18n.COVERAGES[e.coverage]}")
            for statement in (e.wanted, e.met_by):
                print(f"               {i18n.words(statement)}  <{statement.source}>")
        answered = {e.wanted.id for e in explanation.of(side)}
        for gap in explanation.gaps:
            if gap.side is side and gap.wanted.id not in answered:
                print(f"          –    {i18n.COVERAGES[gap.coverage]}: {i18n.words(gap.wanted)}")
    print(f"     {i18n.rule(match)}")


def _search(args: argparse.Namespace) -> None:
    from web import i18n

    text = query_text(args.text)
    with asking(args.lang) as board:
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
                print(f"     {i18n.words(found.statement)}")


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
    with asking("en") as board:
        print_evaluation(measured(board.corpus, board.matcher, args), as_json=args.json, document=args.write)


def _export(args: argparse.Namespace) -> None:
    from web.exports import tables

    with asking(args.lang) as board, _progress_bar("organisations", len(board.corpus.profiles)) as progress:
        if args.what == "profiles":
            records = tables.profile_records(board.corpus)
        else:
            records = tables.match_records(board, args.top, args.lang, progress)
        try:
            count = tables.write(args.output, records)
        except ValueError as error:
            raise Refused(str(error)) from error
    if args.json:
        print_json({"records": count, "output": str(args.output)})
    else:
        print(f"{count} records in {args.output}")


class Differs(Refused):
    """A dossier cannot be made again as it was."""


def _verify(args: argparse.Namespace) -> None:
    from web.cli import interests
    from web.exports.verify import NoDossier, read_dossier, verify

    if args.code is not None:
        interests.check_certificate(args)
        return
    with asking("en") as board:
        try:
            found = verify(board, read_dossier(args.file))
        except NoDossier as error:
            raise Refused(str(error)) from error
    if args.json:
        print_json(
            {
                "verification_id": found.id,
                "entries": found.entries,
                "identical": found.is_identical,
                "differences": [asdict(difference) for difference in found.differences],
            }
        )
    else:
        print("\n".join(map(str, found.differences)) or f"identical: {found.entries} matches, id {found.id}")
    if not found.is_identical:
        count = len(found.differences)
        raise Differs(f"{args.file.name} differs in {count} point{'s' * (count > 1)}")


# --- people and mail --------------------------------------------------------------------------------------------------


def _create_administrator(args: argparse.Namespace) -> None:
    from wtforms import ValidationError

    from web import auth
    from web.extensions import db
    from web.forms import accounts as forms
    from web.store import accounts

    with _application(fitted=False) as (app, _board), app.test_request_context():
        try:
            email = forms.read_email(args.email)
            password = _read_password()
            name = forms.read_name(args.name) or email.partition("@")[0]
            forms.check_new_password(password, name, email, email.partition("@")[0])
        except (ValueError, ValidationError) as error:
            raise Refused(str(error)) from error
        account, is_new = accounts.save_administrator(
            db.session, email=email, name=name, password_hash=auth.hash_password(password), actor="kakehashi users"
        )
        db.session.commit()
    if args.json:
        print_json({"id": str(account.id), "email": account.email, "created": is_new})
    else:
        print(f"{account.email} is an administrator" + ("" if is_new else ", with this new password"))


def _read_password() -> str:
    from getpass import getpass

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password (12 characters or more): ")
    if getpass("The same once more: ") != password:
        raise Refused("the two passwords differ")
    return password


def _list_users(args: argparse.Namespace) -> None:
    from web.extensions import db
    from web.store import accounts

    with _application(fitted=False):
        people = accounts.list_accounts(db.session)
    if args.json:
        print_json(
            [
                {
                    "id": str(p.id), "email": p.email, "name": p.name, "role": p.role.value,
                    "verified": p.is_verified, "active": p.is_active,
                }
                for p in people
            ]
        )  # fmt: skip
        return
    for person in people:
        marks = ("" if person.is_verified else ", not verified") + ("" if person.is_active else ", deactivated")
        print(f"{person.email}  {person.name}  ({person.role}{marks})")


def _send_mail(args: argparse.Namespace) -> None:
    from web import mail
    from web.config import Settings
    from web.extensions import db

    settings = Settings()
    with _application(settings, fitted=False):
        try:
            delivery = mail.deliver(db.session, settings)
        except mail.NoMailServer as error:
            raise Refused(str(error)) from error
    if args.json:
        causes = [{"to": letter.recipient, "tries": letter.tries, "cause": letter.error} for letter in delivery.waiting]
        print_json({"sent": delivery.sent, "waiting": causes})
    else:
        print(f"{delivery.sent} sent")
        for letter in delivery.waiting:
            print(f"error: mail to {letter.recipient} waits: {letter.error}", file=sys.stderr)
    if delivery.waiting:
        raise Refused(f"{len(delivery.waiting)} mails wait; the next run tries again")


def _list_mail(args: argparse.Namespace) -> None:
    from web.extensions import db
    from web.store import letters

    with _application(fitted=False):
        waiting = letters.list_letters(db.session, with_given_up=True)
    if args.json:
        print_json(
            [
                {"to": m.recipient, "subject": m.subject, "body": m.body, "tries": m.tries, "cause": m.error}
                for m in waiting
            ]
        )
        return
    for m in waiting:
        why = f"tried {m.tries} times: {m.error}" if m.error else "not tried yet"
        print(f"To: {m.recipient}\nSubject: {m.subject}\n({why})\n\n{m.body}")


# --- alerts -----------------------------------------------------------------------------------------------------------


def signing_settings() -> Settings:
    """The settings for a command that mails links, which the secret of the server signs and its address begins.

    :class:`Refused` where it must not be served on them.
    """
    from web.config import Settings, UnsafeSettings

    settings = Settings()
    try:
        settings.check()
    except UnsafeSettings as error:
        raise Refused(str(error)) from error
    return settings


def _run_alerts(args: argparse.Namespace) -> None:
    from datetime import UTC, datetime

    from web import alerts, mail
    from web.extensions import db
    from web.forms.alerts import read_query

    settings, at = signing_settings(), datetime.now(UTC)
    with _application(settings) as (_app, board):
        assert board is not None  # noqa: S101 - fitted by default
        report = alerts.run(db.session, board, at=at, read=read_query, is_rehearsal=args.dry_run)
        delivery, failure = None, ""
        if not args.dry_run:
            try:
                delivery = mail.deliver(db.session, settings)
            except mail.NoMailServer as error:
                failure = str(error) if report.told else ""
    _print_alerts(report, delivery, failure, args)


def _print_alerts(report: Report, delivery: Delivery | None, failure: str, args: argparse.Namespace) -> None:
    waiting = delivery.waiting if delivery else ()
    if args.json:
        sent = delivery.sent if delivery else 0
        causes = [{"to": letter.recipient, "tries": letter.tries, "cause": letter.error} for letter in waiting]
        print_json(asdict(report) | {"sent": sent, "waiting": causes})
    else:
        verb = "would be queued" if args.dry_run else "queued"
        for told in report.told:
            print(f"{told.email} ({told.lang}): {told.subject}")
        mails = f"{len(report.told)} mail{'s' * (len(report.told) != 1)}"
        print(f"{mails} {verb}; {report.quiet} with nothing new, {report.unverified} to unverified addresses held back")
    for address in report.failed:
        print(f"error: no alert for {address}: the log says why", file=sys.stderr)
    for letter in waiting:
        print(f"error: mail to {letter.recipient} waits: {letter.error}", file=sys.stderr)
    if failure or waiting or report.failed:
        raise Refused(failure or f"{len(waiting) + len(report.failed)} mails wait; the next run tries again")


if __name__ == "__main__":
    sys.exit(main())
