"""Dossiers as DOCX: a brief for each match that an officer can edit."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final

from docx import Document
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from flask_babel import gettext

from matcher.eligibility import Outcome
from matcher.explain import Coverage, Side
from matcher.match import Relation
from matcher.profile import Programme, Statement
from web import i18n
from web.exports.dossier import (
    Dossier,
    Entry,
    Line,
    checklist,
    lines,
    method,
    programme_status,
    provenance,
    questions,
    spaced,
    status,
)
from web.exports.sheets import printable

_TAGS: Final = {"en": "en-CA", "fr": "fr-CA", "ja": "ja-JP"}
_SIGNS: Final = {Coverage.COVERED: "●", Coverage.PARTLY: "◐", Coverage.MISSING: "○", Coverage.UNKNOWN: "?"}
_BOXES: Final = {Outcome.MET: "☑", Outcome.NOT_MET: "☒", Outcome.UNKNOWN: "☐", None: "·"}
# Latin letters and Japanese each in a face that Word has on either side of the Pacific.
_LATIN: Final = "Calibri"
_EAST_ASIAN: Final = "Yu Gothic"
_INK: Final = RGBColor(0x26, 0x37, 0x4A)


def to_docx(dossier: Dossier) -> bytes:
    """A brief for each match on pages of its own, with real headings and tables, then the method."""
    paper: Any = Document()
    _prepare(paper, dossier)
    for entry in dossier.entries:
        if entry.place > dossier.entries[0].place:
            paper.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        _write_match(paper, entry, dossier)
    _write_method(paper, dossier)
    written = io.BytesIO()
    paper.save(written)
    return written.getvalue()


def _prepare(paper: Any, dossier: Dossier) -> None:
    """Page, language, faces and footer."""
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    for name, size in (("Normal", 10.5), ("Title", 20), ("Heading 1", 16), ("Heading 2", 12.5), ("Heading 3", 11)):
        style = paper.styles[name]
        style.font.name, style.font.size = _LATIN, Pt(size)
        style.font.color.rgb = None if name == "Normal" else _INK
        style.paragraph_format.space_after = Pt(4)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), _EAST_ASIAN)
        _set_language(style.element.rPr, dossier.lang)
    properties = paper.core_properties
    properties.title, properties.author = printable(dossier.title), "Kakehashi"
    properties.language = _TAGS[dossier.lang]
    properties.comments = properties.identifier = spaced(dossier.verification_id)
    properties.created = properties.modified = dossier.made_at.replace(tzinfo=None)
    footer = section.footer.paragraphs[0]
    footer.add_run(f"Kakehashi · {spaced(dossier.verification_id)} · ").font.size = Pt(8.5)
    _add_field(footer, "PAGE")


def _set_language(properties: Any, lang: str) -> None:
    """Marks a run or a style with its language, so that spelling and line breaks follow it."""
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    mark = OxmlElement("w:lang")
    # Word keeps two languages for each run. Latin letters in a Japanese text count as English, or words would break.
    mark.set(qn("w:val"), _TAGS["en" if lang == "ja" else lang])
    mark.set(qn("w:eastAsia"), _TAGS["ja"])
    # The schema wants it after the other properties of a run.
    properties.append(mark)


def _add_field(paragraph: Any, code: str) -> None:
    run = paragraph.add_run()
    run.font.size = Pt(8.5)
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)  # noqa: SLF001 - python-docx has no fields of its own


def _write_match(paper: Any, entry: Entry, dossier: Dossier) -> None:
    why, match, lang = entry.explanation, entry.explanation.match, dossier.lang
    paper.add_heading(f"{entry.seeker.name(lang)} ⇄ {entry.partner.name(lang)}", 1)
    _add(paper, i18n.reason(why, entry.seeker, entry.partner), bold=True)
    points = gettext("%(points)s points", points=i18n.points(match.fit))
    facts = [
        (gettext("Relation"), str(i18n.RELATIONS[match.relation])),
        (gettext("Fit"), gettext("%(word)s (%(detail)s)", word=i18n.BANDS[match.band], detail=points)),
        (gettext("Confidence"), str(i18n.LEVELS[match.confidence.level])),
        *((p.name(lang), _where(entry, p)) for p in (entry.seeker, entry.partner)),
        *_followed(entry),
    ]
    _add_table(paper, None, facts, (4.6, 12))
    paper.add_heading(gettext("What each side gains"), 2)
    for gain in i18n.gains(why, entry.seeker, entry.partner):
        _add(paper, gain, style="List Bullet")
    _write_evidence(paper, entry)
    asked = questions(entry)
    if asked:
        paper.add_heading(gettext("Ask next"), 2)
        for question in asked:
            _add(paper, question, style="List Bullet")
    paper.add_heading(gettext("Programmes to check"), 2)
    for programme in entry.programmes:
        _write_programme(paper, entry, programme, lang)
    if not entry.programmes:
        _add(paper, gettext("No programme on record covers a field that both work in."))
    paper.add_heading(gettext("Notes"), 2)
    _add(paper, (entry.follow_up.note if entry.follow_up else "") or gettext("(yours to fill in)"))


def _where(entry: Entry, party: Any) -> str:
    words = [str(i18n.COUNTRIES[party.country]), str(i18n.KINDS[party.kind])]
    return " · ".join([i18n.place(party), *words] if entry.has_places else words)


def _followed(entry: Entry) -> list[tuple[str, str]]:
    follow = entry.follow_up
    if follow is None:
        return []
    rows = [
        (gettext("Status"), status(follow)),
        (gettext("Next step"), follow.next_step),
        (gettext("Next step on"), i18n.day(follow.next_step_on) if follow.next_step_on else ""),
        (gettext("Assigned to"), follow.assignee),
    ]
    return [(label, value) for label, value in rows if value]


def _write_evidence(paper: Any, entry: Entry) -> None:
    """A table for each direction: what is wanted, what answers it, how far, and the sources."""
    relation = entry.explanation.match.relation
    for side, wants, has in ((Side.GETS, entry.seeker, entry.partner), (Side.GIVES, entry.partner, entry.seeker)):
        names = {"taker": i18n.short_name(wants), "giver": i18n.short_name(has)}
        if relation is Relation.PEER:
            title = gettext("What %(taker)s does or seeks, and what comes closest at %(giver)s", **names)
        else:
            title = gettext("What %(taker)s needs and %(giver)s offers", **names)
        paper.add_heading(title, 2)
        found = [line for line in lines(entry) if line.side is side]
        if not found:
            _add(paper, gettext("Nothing to compare in this direction."))
            continue
        table = _new_table(
            paper, (gettext("What is wanted"), gettext("What answers it"), gettext("Coverage")), (6.7, 6.7, 3.2)
        )
        for line in found:
            _add_evidence(table.add_row(), line)


def _add_evidence(row: Any, line: Line) -> None:
    _fill(row.cells[0], line.wanted)
    if line.met_by is not None:
        _fill(row.cells[1], line.met_by)
    coverage = row.cells[2].paragraphs[0]
    _run(coverage, f"{_SIGNS[line.coverage]} {i18n.COVERAGES[line.coverage]}")
    if line.met_by is not None:
        shown = gettext("%(points)s points", points=i18n.decimal(line.points))
        _run(row.cells[2].add_paragraph(), shown, size=9)
    _keep_whole(row)


def _fill(cell: Any, statement: Statement) -> None:
    _run(cell.paragraphs[0], i18n.words(statement), lang=i18n.words_language(statement))
    below = cell.add_paragraph()
    if statement.is_inferred:
        _run(below, gettext("derived from published plans") + " · ", size=8.5)
    if statement.is_withheld:
        return
    _add_link(below, statement.source, i18n.host(statement.source))
    _run(below, " " + gettext("(read on %(date)s)", date=i18n.short_day(statement.read_on)), size=8.5)


def _write_programme(paper: Any, entry: Entry, programme: Programme, lang: str) -> None:
    heading = paper.add_heading(level=3)
    _run(heading, programme.name(lang), lang=lang if lang in programme.names else "en")
    status = programme_status(programme)
    read = gettext("(as read on %(date)s)", date=i18n.day(programme.read_on))
    facts = _add(paper, f"{status} {read} · ")
    _add_link(facts, programme.website, i18n.host(programme.website))
    for rule, outcome in checklist(entry, programme):
        words = gettext("%(label)s: %(value)s", label=i18n.RULES[rule.code], value=_plain(i18n.rule_sentence(rule)))
        known = gettext("%(word)s (%(detail)s)", word=words, detail=i18n.OUTCOMES[outcome]) if outcome else words
        _add(paper, f"{_BOXES[outcome]} {known}")
    if not programme.rules:
        _add(paper, gettext("No eligibility rule has been read from public sources yet. Ask the operator."))


def _plain(sentence: Any) -> str:
    """Words without the markup that a sentence of a page may carry."""
    return sentence.striptags() if hasattr(sentence, "striptags") else str(sentence)


def _write_method(paper: Any, dossier: Dossier) -> None:
    paper.add_heading(gettext("How to read this"), 2)
    for text in method():
        _add(paper, text)
    _add_table(paper, gettext("Provenance"), provenance(dossier), (4.6, 12))


# --- what python-docx leaves to its users -----------------------------------------------------------------------------


def _add(paper: Any, text: str, *, style: str | None = None, bold: bool = False) -> Any:
    paragraph = paper.add_paragraph(style=style)
    _run(paragraph, text).bold = bold or None
    return paragraph


def _run(paragraph: Any, text: str, *, lang: str | None = None, size: float | None = None) -> Any:
    run = paragraph.add_run(printable(text))
    if size:
        run.font.size = Pt(size)
    if lang:
        _set_language(run._r.get_or_add_rPr(), lang)  # noqa: SLF001 - python-docx knows no languages
    return run


def _add_link(paragraph: Any, address: str, text: str) -> None:
    """A link; python-docx can only read them."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = _run(paragraph, text, size=8.5)
    run.font.color.rgb, run.font.underline = RGBColor(0x1F, 0x49, 0x7A), True
    link.append(run._r)  # noqa: SLF001 - moved into the link
    paragraph._p.append(link)  # noqa: SLF001 - the same


def _new_table(paper: Any, headings: Iterable[str], widths: tuple[float, ...]) -> Any:
    table = paper.add_table(rows=1, cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for cell, heading in zip(table.rows[0].cells, headings, strict=True):
        _run(cell.paragraphs[0], heading).bold = True
    # Repeated at the top of every page, and read out with each cell.
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - python-docx lacks it
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    return table


def _add_table(paper: Any, title: str | None, rows: Iterable[tuple[str, str]], widths: tuple[float, float]) -> None:
    if title:
        paper.add_heading(title, 2)
    rows = list(rows)
    table = paper.add_table(rows=len(rows), cols=2)
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row, (label, value) in zip(table.rows, rows, strict=True):
        for cell, text, width in zip(row.cells, (label, value), widths, strict=True):
            _run(cell.paragraphs[0], text)
            cell.width = Cm(width)
        row.cells[0].paragraphs[0].runs[0].bold = True
        _keep_whole(row)


def _keep_whole(row: Any) -> None:
    """A row is not broken between pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - python-docx lacks it
