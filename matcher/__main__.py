"""``python -m matcher``: the library on the shipped data or a folder of files, without a database.

Exit codes: 0 done; 1 the data has faults, or what was asked for does not exist; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.corpus import Corpus, HasClosed, HasNoStatements, InvalidData, UnknownName
from matcher.profile import LANGUAGES, Country, Kind, Profile, Programme

if TYPE_CHECKING:
    from matcher.draft import Draft, Score
    from matcher.eligibility import Question
    from matcher.evaluate import Row
    from matcher.explain import Explanation
    from matcher.match import Where
    from matcher.quality import Count, Report
    from matcher.ranking import Matcher
    from matcher.standing import Change, Stability, Standing
    from matcher.triangles import Triangle, Triangles

    Answer = tuple[Standing, tuple[Change, ...], Stability]

LONGEST_QUERY = 500


class Refused(Exception):
    """What was asked for cannot be done; the text says why and what to try."""

    exit_code = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m matcher", description="Japan–Canada partner matching, library only."
    )
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="a folder laid out as data/ (default: the shipped data)"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_check(commands).set_defaults(run=lambda args: check(args, args.data))
    add_rank(commands).set_defaults(run=_rank)
    add_search(commands).set_defaults(run=_search)
    add_evaluate(commands).set_defaults(run=_evaluate)
    add_why(commands).set_defaults(run=_why)
    learn = commands.add_parser("learn", help="learn the weights of a fit from the judged pairs of the tune half")
    learn.add_argument("version", help="a name for them, such as the day")
    learn.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write them (shipped: data/combination.json)"
    )
    learn.add_argument(
        "--keep-weights", action="store_true", help="keep the weights, and measure only what a fit means"
    )
    learn.set_defaults(run=_learn)

    add_duplicates(commands).set_defaults(run=_duplicates)
    add_draft(commands).set_defaults(run=_draft)
    add_programmes(commands).set_defaults(run=_programmes)
    add_consortium(commands).set_defaults(run=_consortium)
    vectors = commands.add_parser("vectors", help="encode every statement and write the file of shipped vectors")
    vectors.add_argument("output", type=Path, help="such as data/vectors/statements.npz")
    vectors.set_defaults(run=_vectors)
    return run(parser, argv)


def run(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    """Parses, runs the chosen command and turns expected failures into one clear message and exit code 1."""
    args = parser.parse_args(argv)
    try:
        args.run(args)
    except InvalidData as error:
        print(f"{len(error.faults)} faults; nothing was loaded:", file=sys.stderr)
        print(error, file=sys.stderr)
        return 1
    except (HasClosed, HasNoStatements) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except UnknownName as error:
        print(unknown_name(error), file=sys.stderr)
        return 1
    except Refused as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
    return 0


def unknown_name(error: UnknownName) -> str:
    """The message for a name that no organisation has, in the terminal's language: English."""
    hint = f"; did you mean {' or '.join(error.suggestions)}?" if error.suggestions else ""
    return f"error: no organisation named '{error.name}'{hint}"


# --- what both commands share -----------------------------------------------------------------------------------------


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``, which every command that prints an answer has."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def add_check(commands: Any) -> argparse.ArgumentParser:
    """``check``."""
    text = "validate every data file, name each fault, and say how good the data is; exit code 1 on errors"
    parser: argparse.ArgumentParser = commands.add_parser("check", help=text)
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day (default: today)")
    stale = "days after which a source is stale (default: 365)"
    parser.add_argument("--stale-after", type=_positive, default=365, metavar="DAYS", help=stale)
    parser.add_argument("--warnings", action="store_true", help="name each warning instead of counting them")
    add_json(parser)
    return parser


def add_rank(commands: Any) -> argparse.ArgumentParser:
    """``rank NAME``."""
    rank: argparse.ArgumentParser = commands.add_parser("rank", help="the best partners of an organisation")
    rank.add_argument("name", help="id, name or alias in any script")
    rank.add_argument("--top", type=_positive, default=10, metavar="N", help="how many partners (default: 10)")
    rank.add_argument("--explain", action="store_true", help="show what is wanted, what meets it, and the points")
    rank.add_argument("--kind", action="append", choices=list(Kind), default=[], help="only this kind; may be repeated")
    rank.add_argument("--field", action="append", default=[], metavar="FIELD", help="only this field; may be repeated")
    rank.add_argument("--subdivision", action="append", default=[], metavar="CODE", help="ISO 3166-2, such as CA-QC")
    add_lang(rank)
    add_json(rank)
    return rank


def add_search(commands: Any) -> argparse.ArgumentParser:
    """``search TEXT``."""
    search: argparse.ArgumentParser = commands.add_parser("search", help="organisations by name or by what they state")
    search.add_argument("text", help="in English, French or Japanese")
    search.add_argument("--top", type=_positive, default=10, metavar="N", help="how many (default: 10)")
    search.add_argument("--country", type=Country, choices=list(Country), help="only organisations of this country")
    add_lang(search)
    add_json(search)
    return search


def add_evaluate(commands: Any) -> argparse.ArgumentParser:
    """``evaluate``."""
    text = "nDCG@10, recall@10 and RR on judged pairs, beside three baselines and without each signal"
    evaluate: argparse.ArgumentParser = commands.add_parser("evaluate", help=text)
    evaluate.add_argument("--part", choices=["tune", "check"], default="check", help="which half (default: check)")
    evaluate.add_argument("--ablate", action="store_true", help="also without each signal; takes some minutes")
    evaluate.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks in this document")
    add_json(evaluate)
    return evaluate


def add_duplicates(commands: Any) -> argparse.ArgumentParser:
    """``duplicates [FOLDER]``."""
    text = "pairs of entries that may be one organisation, with reasons"
    duplicates: argparse.ArgumentParser = commands.add_parser("duplicates", help=text)
    duplicates.add_argument("folder", type=Path, nargs="?", help="laid out as data/ (default: what is loaded)")
    add_json(duplicates)
    return duplicates


def add_draft(commands: Any) -> argparse.ArgumentParser:
    """``draft``."""
    draft: argparse.ArgumentParser = commands.add_parser("draft", help="propose statements from running text")
    draft.add_argument("file", type=Path, nargs="?", help="a text in English, French or Japanese, in UTF-8")
    text = "write the file of shipped vectors of the sentences to learn from, such as data/drafting/vectors.npz"
    draft.add_argument("--write-vectors", type=Path, metavar="OUTPUT", help=text)
    draft.add_argument("--evaluate", action="store_true", help="measure the classifier instead; takes a minute")
    add_json(draft)
    return draft


def add_programmes(commands: Any) -> argparse.ArgumentParser:
    """``programmes [--for A] [--with B]``."""
    text = "programmes with their status today; for an organisation, the best with partners; for a pair, those that fit"
    programmes: argparse.ArgumentParser = commands.add_parser("programmes", help=text)
    programmes.add_argument("--for", dest="seeker", metavar="NAME", help="an organisation: id, name or alias")
    programmes.add_argument("--with", dest="partner", metavar="NAME", help="its partner, of the other country")
    programmes.add_argument("--top", type=_positive, default=10, metavar="N", help="how many at most (default: 10)")
    programmes.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day (default: today)")
    add_lang(programmes)
    add_json(programmes)
    return programmes


def add_consortium(commands: Any) -> argparse.ArgumentParser:
    """``consortium PROGRAMME --with A``."""
    consortium: argparse.ArgumentParser = commands.add_parser(
        "consortium", help="whom to bring together for a programme"
    )
    consortium.add_argument("programme", help="its id")
    consortium.add_argument(
        "--with", dest="members", action="append", required=True, metavar="NAME", help="a member; may be repeated"
    )
    consortium.add_argument(
        "--without", action="append", default=[], metavar="ID", help="not to propose; may be repeated"
    )
    consortium.add_argument("--size", type=_positive, default=0, metavar="N", help="at least so many members in all")
    add_lang(consortium)
    add_json(consortium)
    return consortium


def add_why(commands: Any) -> argparse.ArgumentParser:
    """``why NAME NAME``."""
    text = "where an organisation stands on the list of another, why not higher, and what would move it"
    why: argparse.ArgumentParser = commands.add_parser("why", help=text)
    why.add_argument("name", help="whose list: id, name or alias in any script")
    why.add_argument("partner", help="who is asked about")
    why.add_argument("--offer", action="append", default=[], metavar="TEXT", help="what if the partner could offer it")
    why.add_argument("--need", action="append", default=[], metavar="TEXT", help="what if the partner needed it")
    why.add_argument("--kind", action="append", choices=list(Kind), default=[], help="only this kind; may be repeated")
    why.add_argument("--field", action="append", default=[], metavar="FIELD", help="only this field; may be repeated")
    why.add_argument("--subdivision", action="append", default=[], metavar="CODE", help="ISO 3166-2, such as CA-QC")
    add_lang(why)
    add_json(why)
    return why


def add_lang(parser: argparse.ArgumentParser) -> None:
    """``--lang``."""
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of names and words (default: en)")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def read_corpus(folder: Path | None) -> Corpus:
    """The shipped data, or that of a folder."""
    return Corpus.shipped() if folder is None else Corpus.read(folder)


def query_text(text: str) -> str:
    """A search text that can be answered; :class:`Refused` where it is empty or too long."""
    if not text.strip():
        raise Refused("the search is empty: type a name, a technology or a need, in English, French or Japanese")
    if len(text) > LONGEST_QUERY:
        raise Refused(f"the search has {len(text)} characters; the longest is {LONGEST_QUERY}")
    return text


def where_of(args: argparse.Namespace, fields: Sequence[str]) -> Where:
    """The filters of ``rank``; :class:`Refused` where a field does not exist."""
    from matcher.match import Where

    for name in args.field:
        if name not in fields:
            raise Refused(f"no field named '{name}'; there are {', '.join(fields)}")
    return Where(tuple(map(Kind, args.kind)), tuple(args.field), tuple(args.subdivision))


def print_json(value: object) -> None:
    """Pretty JSON with readable Japanese."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def check(args: argparse.Namespace, folder: Path | None) -> None:
    """Prints the quality report of the shipped data or of a folder; :class:`Refused` where it has errors."""
    from matcher.quality import examine
    from matcher.taxonomy import Taxonomy

    with as_file(files("matcher.data")) as shipped:
        corpus, faults = Corpus.inspect(folder or shipped)
    day = args.on or datetime.now(UTC).date()
    report = examine(corpus, Taxonomy.shipped(), day, stale_after=args.stale_after, faults=faults)
    if args.json:
        print_json(report.to_dict())
    else:
        _print_report(report, corpus, with_warnings=args.warnings)
    if report.errors:
        raise Refused(f"errors in the data: {len(report.errors)}")


def _print_report(report: Report, corpus: Corpus, *, with_warnings: bool) -> None:
    """Errors first, then the warnings, then what there is."""
    from matcher.quality import Check

    for finding in report.errors:
        # The place stands first, so that an editor can jump to it.
        what = finding.detail if finding.check is Check.BROKEN_FORMAT else f"{_spaced(finding.check)} {finding.detail}"
        print(f"{finding.about}: {what} {' '.join(finding.statements)}".rstrip(), file=sys.stderr)
    if not report.errors:
        print("no errors")
    print(
        f"{len(corpus.profiles)} organisations, {len(corpus.silent)} without statements, {len(corpus.closed)} closed,"
        f" {len(corpus.programmes)} programmes, {report.statements} statements; snapshot {report.snapshot_id},"
        f" as of {report.day}"
    )
    print(f"\n{'warnings':34}{len(report.warnings):8}")
    for name, found in report.by_check.items():
        if not name.is_error:
            print(f"  {_spaced(name):32}{len(found):8}")
            print("".join(f"    {finding}\n" for finding in found if with_warnings), end="")
    for heading, counts in (("country", report.countries), ("kind", report.kinds), ("field", report.fields),
                            ("language", report.languages)):  # fmt: skip
        _print_counts(heading, counts)
    print("\nsources")
    for origin in report.origins:
        print(f"  {origin.key:32}{origin.count:8}")
    rows = report.programmes
    print("\nprogrammes: " + ", ".join(f"{tally.key} {tally.count}" for tally in rows.statuses))
    print(f"  with rules {rows.with_rules}, with contradictions {rows.with_contradictions}, of {rows.total}")


def _print_counts(heading: str, counts: Sequence[Count]) -> None:
    print(f"\n{heading:34}{'':4}{'organisations':>14}{'capabilities':>14}{'needs':>8}{'inferred':>10}")
    for c in counts:
        key = "" if c.key == c.country else _spaced(c.key)
        print(f"  {key:32}{c.country:4}{c.organisations:14}{c.capabilities:14}{c.needs:8}{c.inferred:10}")


def _spaced(code: str) -> str:
    return code.replace("_", " ")


def print_evaluation(rows: Sequence[Row], *, as_json: bool, document: Path | None = None) -> None:
    """The table of ``evaluate``, with what it can and cannot say; also into a document, between its marks."""
    if document:
        start, end = "<!-- evaluation -->", "<!-- end of evaluation -->"
        before, _, rest = document.read_text(encoding="utf-8").partition(start)
        after = rest.partition(end)[2]
        document.write_text(f"{before}{start}\n{_markdown(rows)}\n{end}{after}", encoding="utf-8")
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    labels = list(rows[0].values)
    print(f"{'':22}{'slice':16}{'seekers':>8}" + "".join(f"{label:>12}" for label in labels))
    for row in rows:
        values = "".join(f"{row.values[label]:12.3f}" for label in labels)
        print(f"{row.ranker:22}{row.slice:16}{row.seekers:8}" + values)
    print()
    print("Judgements are real partnerships and pairs graded by reading. Pairs without one are unlabelled, not")
    print("irrelevant: values are lower bounds, and only the differences between rows of one slice mean anything.")


def _markdown(rows: Sequence[Row]) -> str:
    labels = list(rows[0].values)
    lines = [f"| ranker | slice | seekers | {' | '.join(labels)} |", "|---" * (3 + len(labels)) + "|"]
    for row in rows:
        cells = (f"{row.values[k]:.3f} ({row.intervals[k][0]:.2f}–{row.intervals[k][1]:.2f})" for k in labels)
        lines.append(f"| {row.ranker} | {row.slice} | {row.seekers} | {' | '.join(cells)} |")
    return "\n".join(lines)


def print_draft(draft: Draft, *, as_json: bool, is_cut: bool = False) -> None:
    """The proposals of a text, and how many sentences were left out for what reason."""
    left_out = Counter(left.reason.value for left in draft.left_out)
    if as_json:
        proposals = [asdict(p) | {"certainty": p.certainty.value} for p in draft.proposals]
        more = {"kind": draft.kind, "fields": draft.fields, "left_out": left_out, "is_cut": draft.is_cut or is_cut}
        print_json({"proposals": proposals, **more})
        return
    for p in draft.proposals:
        print(f"{p.role.value:11} {p.lang}  {p.certainty.value:7} {p.text}")
        print(f"{'':23} {', '.join((*p.concepts, *p.cooperation)) or '-'}")
    print(f"\n{len(draft.proposals)} proposals" + "".join(f", {n} {reason}" for reason, n in left_out.items()))
    if draft.is_cut or is_cut:
        print("The text is too long: its end was not read.")


def print_scores(scores: Sequence[Score], *, as_json: bool) -> None:
    """The table of ``draft --evaluate``."""
    if as_json:
        print_json([asdict(score) for score in scores])
        return
    print(f"{'method':10}{'sentences':17}{'language':10}{'label':12}{'precision':>10}{'recall':>8}{'count':>7}")
    for s in scores:
        print(
            f"{s.method:10}{s.sentences:17}{s.lang:10}{s.label.value:12}{s.precision:10.3f}{s.recall:8.3f}{s.count:7}"
        )


def progress_line(done: int) -> None:
    """Progress where there is no progress bar: a dot for each batch of texts encoded."""
    print("." * bool(done), end="", file=sys.stderr, flush=True)


def print_duplicates(corpus: Corpus, *, as_json: bool, distinct: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Pairs that may be one organisation, less those in ``distinct``, which somebody has found to be two."""
    from matcher.duplicates import duplicates

    found = duplicates(corpus.organisations.values())
    found = [pair for pair in found if (min(pair[:2]), max(pair[:2])) not in distinct]
    if as_json:
        print_json([{"keep": a, "remove": b, "score": c.score, "reasons": list(c.reasons)} for a, b, c in found])
        return
    for keep, remove, candidate in found:
        reasons = ", ".join(reason.replace("_", " ") for reason in candidate.reasons)
        print(f"{candidate.score:.2f}  {remove}  may be  {keep}: {reasons}")
    print(f"{len(found)} pairs among {len(corpus.organisations)} organisations")


def print_programmes(
    args: argparse.Namespace, corpus: Corpus, triangles: Callable[[], Triangles], said: Callable[[Question], str]
) -> None:
    """The answer of ``programmes``; ``said`` puts a question into words."""
    day = args.on or datetime.now(UTC).date()
    if args.partner and not args.seeker:
        raise Refused("--with needs --for: name both organisations of the pair")
    if not args.seeker:
        _print_windows(corpus, day, args)
        return
    seeker = corpus.get(args.seeker)
    if args.partner is None:
        found = triangles().of_organisation(seeker.id, day, args.top)
    else:
        partner = corpus.get(args.partner)
        if partner.country is seeker.country:
            raise Refused(f"{seeker.id} and {partner.id} are both in {seeker.country}; a pair is of both countries")
        found = triangles().of_pair(seeker.id, partner.id, day)[: args.top]
    if args.json:
        print_json({"snapshot": corpus.snapshot_id, "on": day.isoformat(), "programmes": [t.to_dict() for t in found]})
        return
    for place, t in enumerate(found, 1):
        _print_triangle(place, t, corpus, args.lang, said)
    if not found:
        print("no programme that can be applied for or watched")


def _print_windows(corpus: Corpus, day: date, args: argparse.Namespace) -> None:
    from matcher.window import applicable

    windows = {p.id: applicable(p, day) for p in corpus.programmes.values()}
    if args.json:
        print_json([
            {
                "id": i, "availability": w.availability.value, "is_watched": w.is_watched, "days_left": w.days_left,
                "dates": {code: on.isoformat() for code, on in w.dates},
            }
            for i, w in windows.items()
        ])  # fmt: skip
        return
    for programme_id, w in windows.items():
        left = f"{w.days_left} days left" if w.days_left is not None else "watch" if w.is_watched else ""
        print(f"{w.availability:9} {left:15} {corpus.programmes[programme_id].name(args.lang)}  [{programme_id}]")


def _print_triangle(place: int, t: Triangle, corpus: Corpus, lang: str, said: Callable[[Question], str]) -> None:
    name = corpus.programmes[t.programme_id].name(lang)
    status = "watch for the next edition" if t.window.is_watched else t.window.availability.value
    print(f"{place:3}  {name}  [{t.programme_id}]  {status}  rules {t.assessment.outcome.replace('_', ' ')}")
    partner = corpus.profiles[t.match.partner_id].name(lang)
    print(
        f"       with {partner}  [{t.match.partner_id}]  fit {100 * t.match.fit:.2f}  topic {100 * t.topic.value:.2f}"
    )
    for question in t.assessment.questions:
        print(f"       ? {said(question)}")


def plain_question(question: Question) -> str:
    """A question as its code, with whom to ask: the library has no sentences."""
    return f"{question.code.replace('_', ' ')}: ask {', '.join(question.members) or question.asked.value}"


def print_proposal(
    args: argparse.Namespace, corpus: Corpus, triangles: Callable[[], Triangles], said: Callable[[Question], str]
) -> None:
    """The answer of ``consortium``."""
    from matcher.consortium import propose

    if args.programme not in corpus.programmes:
        raise Refused(f"no programme '{args.programme}'; the command programmes lists them")
    given = [corpus.get(name).id for name in args.members]
    try:
        found = propose(triangles(), args.programme, given, size=args.size, without=args.without)
    except ValueError as error:
        raise Refused(str(error)) from error
    if args.json:
        print_json({"snapshot": corpus.snapshot_id} | found.to_dict())
        return
    invited = {i.member: i for i in found.invited}
    for member in found.members:
        profile, one = corpus.profiles[member], invited.get(member)
        place = "given" if one is None else f"proposed, for {one.place.code or 'size'}: {one.fills.replace('_', ' ')}"
        print(f"{profile.country}  {profile.name(args.lang)}  [{member}]  {place}")
        for cover in one.covers if one else ():
            print(f"       {cover.coverage}  {cover.owner} {cover.need.id}: {cover.need.text}")
    for open_place in found.open_places:
        print(f"nobody for: {open_place.code or 'size'} {open_place.country or ''}")
    print(f"{found.method}, needs uncovered: {len(found.uncovered)} of {len(found.covers)}")
    print(f"rules {found.assessment.outcome.replace('_', ' ')}")
    for check in found.unmet:
        print(f"       not met: {check.code.replace('_', ' ')}")
    for question in found.assessment.questions:
        print(f"       ? {said(question)}")


# --- the commands -----------------------------------------------------------------------------------------------------


def _fit(corpus: Corpus, progress: Callable[[int], object] = progress_line) -> Matcher:
    from matcher.ranking import Matcher

    return Matcher().fit(corpus.profiles.values(), progress)


def _rank(args: argparse.Namespace) -> None:
    corpus = read_corpus(args.data)
    seeker = corpus.get(args.name)
    matcher = _fit(corpus)
    where = where_of(args, matcher.taxonomy_.fields)
    from matcher.explain import explain

    matches = matcher.rank(seeker.id, args.top, where)
    explanations = [explain(m, seeker, corpus.profiles[m.partner_id], matcher.taxonomy_) for m in matches]
    if args.json:
        print_json({"snapshot": corpus.snapshot_id, "matches": [e.to_dict() for e in explanations]})
        return
    for place, explanation in enumerate(explanations, 1):
        _print_match(place, explanation, corpus, args)


def _print_match(place: int, explanation: Explanation, corpus: Corpus, args: argparse.Namespace) -> None:
    match = explanation.match
    name = corpus.profiles[match.partner_id].name(args.lang)
    print(f"{place:3}  {name}  [{match.partner_id}]  {match.relation}  {match.band}  {100 * match.fit:.2f}")
    for e in explanation.evidence if args.explain else ():
        print(f"       {e.points:6.2f}  {e.side}  {e.coverage}")
        print(f"               {e.wanted.id} ({e.wanted.lang}) {e.wanted.text}")
        print(f"               {e.met_by.id} ({e.met_by.lang}) {e.met_by.text}")


def answer_why(args: argparse.Namespace, corpus: Corpus, matcher: Matcher) -> Answer:
    """What ``why`` asks, computed; :class:`Refused` where the two are of one country or a text is too long."""
    from matcher.profile import Role
    from matcher.standing import Addition, stability, standing, what_if

    seeker, partner = corpus.get(args.name), corpus.get(args.partner)
    if seeker.country is partner.country:
        raise Refused(f"{seeker.id} and {partner.id} are both in {seeker.country}; a partner is in the other country")
    asked = [(Role.CAPABILITY, text) for text in args.offer] + [(Role.NEED, text) for text in args.need]
    typed = [Addition(partner.id, role, query_text(text)) for role, text in asked]
    found = standing(matcher, seeker.id, partner.id, where_of(args, matcher.taxonomy_.fields))
    changes = what_if(matcher, seeker.id, partner.id, typed or None)
    return found, changes, stability(matcher, seeker.id, [partner.id])[partner.id]


def print_answer(found: Answer, corpus: Corpus) -> None:
    """The answer to ``why`` as JSON."""
    standing, changes, firm = found
    print_json(
        standing.to_dict()
        | {
            "snapshot": corpus.snapshot_id,
            "stability": {"times": firm.times, "draws": firm.draws},
            "what_if": [change.to_dict() for change in changes],
        }
    )


def _why(args: argparse.Namespace) -> None:
    corpus = read_corpus(args.data)
    found = answer_why(args, corpus, _fit(corpus))
    if args.json:
        print_answer(found, corpus)
        return
    standing, changes, firm = found
    print(f"number {standing.rank} of {standing.total}, {100 * standing.match.fit:.2f} points, {standing.match.band}")
    print(f"among the first {firm.top} in {firm.times} of {firm.draws} plausible weightings")
    for one in standing.kept_out:
        print(f"kept out by: {one}")
    for measure in standing.measures:
        print(f"  {measure.own:7.2f} {measure.other:7.2f}  {measure.part}{'  less' * measure.is_short}")
    for gap in standing.gaps:
        print(f"  {gap.coverage}  {gap.side}  {gap.wanted.text}")
    for change in changes:
        print(f"  {change.points:+7.2f}  number {change.rank_after}  {change.profile_id} + {change.statement.text}")


def _search(args: argparse.Namespace) -> None:
    text = query_text(args.text)
    corpus = read_corpus(args.data)
    named = [(i, "") for i in corpus.find_named(text) if args.country in (None, corpus.organisations[i].country)]
    hits = [(h.profile_id, h.statement_id) for h in _fit(corpus).search(text, args.top, args.country)]
    seen = {profile_id for profile_id, _ in named}
    found = (named + [hit for hit in hits if hit[0] not in seen])[: args.top]
    if args.json:
        print_json([{"id": i, "statement": s or None} for i, s in found])
        return
    for place, (profile_id, statement_id) in enumerate(found, 1):
        profile = corpus.organisations[profile_id]
        ended = f"  closed in {profile.closed.year}" if profile.closed else ""
        print(f"{place:3}  {profile.name(args.lang)}  [{profile_id}]  {profile.country}{ended}")
        if statement_id:
            print(f"       {profile.statement(statement_id).text}")


def _evaluate(args: argparse.Namespace) -> None:
    corpus = read_corpus(args.data)
    print_evaluation(measured(corpus, _fit(corpus), args), as_json=args.json, document=args.write)


def measured(corpus: Corpus, matcher: Matcher, args: argparse.Namespace) -> list[Row]:
    """The table of ``evaluate``: ours and the baselines on one half, on request also without each of our signals."""
    from matcher.evaluate import Part, compare, evaluate, read_judgements, read_parts
    from matcher.learning import ablations

    rankers = compare(corpus, matcher) | (ablations(corpus.profiles, matcher) if args.ablate else {})
    return evaluate(rankers, read_judgements(Part(args.part)), corpus.profiles, read_parts())


def _learn(args: argparse.Namespace) -> None:
    from matcher.evaluate import Part, read_pairs
    from matcher.learning import calibrated, learn

    corpus = read_corpus(args.data)
    pairs = [p for p in read_pairs(Part.TUNE) if {p.japan_id, p.canada_id} <= corpus.profiles.keys()]
    matcher = _fit(corpus)
    source: dict[str, object] = {"part": Part.TUNE.value, "pairs": len(pairs), "data": corpus.snapshot_id}
    if args.keep_weights:
        document = calibrated(matcher, pairs).to_dict() | {"version": args.version, "calibrated_on": source}
    else:
        learned = learn(matcher, pairs, args.version)
        source |= {"log_loss_unseen": round(learned.loss, 4), "log_loss_without_signals": round(learned.even_loss, 4)}
        document = learned.combination.to_dict() | {"learned_from": source}
    print_json(document)
    if args.output:
        args.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _duplicates(args: argparse.Namespace) -> None:
    print_duplicates(read_corpus(args.folder or args.data), as_json=args.json)


def _draft(args: argparse.Namespace) -> None:
    from matcher.draft import evaluate_drafting, shipped_drafter, write_sentence_vectors
    from matcher.encoder import VectorCache

    if args.write_vectors is not None:
        print(f"{write_sentence_vectors(args.write_vectors)} vectors in {args.write_vectors}")
        return
    if args.evaluate:
        scores = evaluate_drafting(read_corpus(args.data), VectorCache.shipped(), progress_line)
        print_scores(scores, as_json=args.json)
        return
    if args.file is None:
        raise Refused("name a file with the text, or ask for --evaluate")
    try:
        text = args.file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{args.file} is no text in UTF-8; kakehashi draft reads more formats") from error
    print_draft(shipped_drafter(progress=progress_line).draft(text), as_json=args.json)


def _programmes(args: argparse.Namespace) -> None:
    corpus = read_corpus(args.data)
    print_programmes(args, corpus, lambda: _triangles(corpus), plain_question)


def _consortium(args: argparse.Namespace) -> None:
    corpus = read_corpus(args.data)
    print_proposal(args, corpus, lambda: _triangles(corpus), plain_question)


def _triangles(corpus: Corpus) -> Triangles:
    from matcher.triangles import Triangles

    return Triangles(_fit(corpus), corpus.programmes.values(), progress_line)


def _vectors(args: argparse.Namespace) -> None:
    from matcher.encoder import VectorCache, text_key, write_vectors
    from matcher.taxonomy import Taxonomy

    corpus = read_corpus(args.data)
    cache = VectorCache.shipped()
    entries: list[Profile | Programme] = [*corpus.profiles.values(), *corpus.programmes.values()]
    texts = [s.text for entry in entries for s in entry.statements]
    texts += [concept.label(lang) for concept in Taxonomy.shipped().concepts.values() for lang in LANGUAGES]
    cache.encode(texts, progress_line)
    write_vectors(args.output, cache.known, (text_key(cache.model_id, text) for text in texts))
    print(f"{len(set(texts))} vectors of {cache.model_id} in {args.output}, {len(cache.added)} of them new")


if __name__ == "__main__":
    sys.exit(main())
