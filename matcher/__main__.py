"""``python -m matcher``: the library on the shipped data or a folder of files, without a database.

Exit codes: 0 done; 1 the data has faults, or what was asked for does not exist; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.corpus import Corpus, HasClosed, InvalidData, UnknownName
from matcher.profile import LANGUAGES, Country, Kind

if TYPE_CHECKING:
    from matcher.evaluate import Row
    from matcher.explain import Explanation
    from matcher.match import Where
    from matcher.ranking import Matcher

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
    check = commands.add_parser("check", help="validate every data file and name each fault")
    check.set_defaults(run=lambda args: print_check(read_corpus(args.data), as_json=args.json))
    add_json(check)
    add_rank(commands).set_defaults(run=_rank)
    add_search(commands).set_defaults(run=_search)
    add_evaluate(commands).set_defaults(run=_evaluate)
    learn = commands.add_parser("learn", help="learn the weights of a fit from the judged pairs of the tune half")
    learn.add_argument("version", help="a name for them, such as the day")
    learn.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write them (shipped: data/combination.json)"
    )
    learn.add_argument(
        "--keep-weights", action="store_true", help="keep the weights, and measure only what a fit means"
    )
    learn.set_defaults(run=_learn)

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
    except HasClosed as error:
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
    evaluate.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks in this document")
    add_json(evaluate)
    return evaluate


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


def print_check(corpus: Corpus, *, as_json: bool) -> None:
    """Counts of a corpus that has no faults."""
    profiles = corpus.profiles.values()
    counts: dict[str, object] = {
        "organisations": len(corpus.profiles),
        "closed": len(corpus.closed),
        **{country.value: sum(p.country is country for p in profiles) for country in Country},
        "programmes": len(corpus.programmes),
        "capabilities": sum(len(p.capabilities) for p in profiles),
        "needs": sum(len(p.needs) for p in profiles),
        "inferred needs": sum(s.is_inferred for p in profiles for s in p.needs),
        **{f"statements in {lang}": sum(s.lang == lang for p in profiles for s in p.statements) for lang in LANGUAGES},
        "snapshot": corpus.snapshot_id,
    }
    if as_json:
        print_json(counts)
    else:
        print("no faults: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


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


def progress_line(done: int) -> None:
    """Progress where there is no progress bar: a dot for each batch of texts encoded."""
    print("." * bool(done), end="", file=sys.stderr, flush=True)


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
    print_evaluation(measured(corpus, _fit(corpus), args.part), as_json=args.json, document=args.write)


def measured(corpus: Corpus, matcher: Matcher, part: str) -> list[Row]:
    """The table of ``evaluate``: ours, without each of its signals, and the baselines, on one half."""
    from matcher.evaluate import Part, compare, evaluate, read_judgements, read_parts
    from matcher.learning import ablations

    rankers = compare(corpus, matcher) | ablations(corpus.profiles, matcher)
    return evaluate(rankers, read_judgements(Part(part)), corpus.profiles, read_parts())


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


def _vectors(args: argparse.Namespace) -> None:
    from matcher.encoder import VectorCache, text_key, write_vectors

    corpus = read_corpus(args.data)
    cache = VectorCache.shipped()
    texts = [s.text for p in corpus.profiles.values() for s in p.statements]
    cache.encode(texts, progress_line)
    write_vectors(args.output, cache.known, (text_key(cache.model_id, text) for text in texts))
    print(f"{len(set(texts))} vectors of {cache.model_id} in {args.output}, {len(cache.added)} of them new")


if __name__ == "__main__":
    sys.exit(main())
