"""A draft as a .docx: styles for headings, gaps in brackets and marked, and nothing that tells who made it or when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from bot.drafts import plain
from bot.drafts.paragraph import Draft, Gap, Paragraph, Style
from bot.intake.text import Text

Say = Callable[[Text], str]
FONT = "Arial"
"""On every machine, or with a likeness of the same widths; it has all Kazakh letters."""
NO_TIME = datetime(2000, 1, 1)
NO_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
STYLES = {
    Style.TITLE: "Title", Style.HEADING: "Heading 1", Style.BODY: "Normal", Style.ITEM: "List Bullet",
    Style.BOX: "Normal",
}  # fmt: skip
SIZES = {"Normal": 10.5, "Title": 15, "Heading 1": 12, "List Bullet": 10.5}
_, _SAID, _SOURCE, _QUOTED = range(4)
GREY = RGBColor(0x59, 0x59, 0x59)
"""Dark enough to be read on white by everybody."""
BOX = Cm(1)
_THEMED = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
_LANGUAGES = {"ru": "ru-RU", "kk": "kk-KZ", "en": "en-GB"}


def document(draft: Draft, say: Say) -> bytes:
    """The same draft gives the same bytes."""
    made = docx.Document()
    _lay_out(made, draft.language)
    for one in draft.cover:
        _add(made, one, say)
    _part(made, draft.cover[0], say)
    for one in draft.body:
        _add(made, one, say)
    for line in made.paragraphs[-2:-1]:
        line.paragraph_format.keep_with_next = True  # a signature is never alone on its page
    _forget(made)
    written = BytesIO()
    made.save(written)
    return _without_times(written)


def _lay_out(made: Document, language: str) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.8)
    for name, size in SIZES.items():
        style = made.styles[name]
        assert isinstance(style, ParagraphStyle)
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = None
        style.paragraph_format.space_before = Pt(12 if name == "Heading 1" else 0)
        style.paragraph_format.space_after = Pt(3)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for themed in _THEMED:
            fonts.attrib.pop(qn(f"w:{themed}"), None)
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), FONT)
    for lang in made.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), _LANGUAGES[language])


def _part(made: Document, title: Paragraph, say: Say) -> None:
    """What is for the lawyer says so on each of its pages, however many; the form's own pages are counted."""
    cover = made.sections[-1]
    cover.different_first_page_header_footer = True
    cover.header.paragraphs[0].add_run(plain.words(title, say)).bold = True
    form = made.add_section(WD_SECTION.NEW_PAGE)
    form.different_first_page_header_footer = False
    form.header.is_linked_to_previous = form.footer.is_linked_to_previous = False
    counted = OxmlElement("w:pgNumType")
    counted.set(qn("w:start"), "1")
    form._sectPr.find(qn("w:cols")).addprevious(counted)
    foot = form.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    foot._p.append(number)


def _add(made: Document, one: Paragraph, say: Say) -> None:
    line = made.add_paragraph(style=STYLES[one.style])
    if one.style is Style.BOX:
        line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = BOX, -BOX
        line.add_run("[   ]\t")
    parts = (plain.label(one, say), plain.said(one, say), plain.source(one, say), plain.quoted(one, say))
    line.paragraph_format.keep_with_next = plain.introduces(one) or None
    for number, part in enumerate(parts):
        if not part:
            continue
        run = line.add_run(f"{part} " if any(parts[number + 1 :]) else part)
        if number == _SAID and isinstance(one.origin, Gap):
            run.bold, run.font.highlight_color = True, WD_COLOR_INDEX.YELLOW
        if number == _SOURCE:
            run.font.size, run.font.color.rgb = Pt(8), GREY
        run.italic = number == _QUOTED or None


def _forget(made: Document) -> None:
    """Author, program and times; a picture and the properties of the file that all documents here begin as."""
    known = made.core_properties
    for name in ("author", "last_modified_by", "title", "subject", "comments", "keywords", "category", "version"):
        setattr(known, name, "")
    known.created = known.modified = known.last_printed = NO_TIME
    known.revision = 1
    package = made.part.package
    assert package is not None
    for key, relation in list(package.rels.items()):
        if relation.reltype in (RELATIONSHIP_TYPE.THUMBNAIL, RELATIONSHIP_TYPE.EXTENDED_PROPERTIES):
            del package.rels[key]


def _without_times(written: BytesIO) -> bytes:
    """A zip says of each of its files when it was packed."""
    packed = BytesIO()
    with ZipFile(written) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = ZipInfo(name, NO_ZIP_TIME)
            member.compress_type = ZIP_DEFLATED
            target.writestr(member, source.read(name))
    return packed.getvalue()
