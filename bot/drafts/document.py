"""A draft as a .docx: styles for headings, gaps in brackets and marked, and nothing that tells who made it or when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document
from docx.enum.text import WD_BREAK, WD_COLOR_INDEX
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
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
SIZES = {"Normal": 11, "Title": 15, "Heading 1": 12, "List Bullet": 11}
_THEMED = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
_LANGUAGES = {"ru": "ru-RU", "kk": "kk-KZ", "en": "en-GB"}


def document(draft: Draft, say: Say) -> bytes:
    """The same draft gives the same bytes."""
    made = docx.Document()
    _lay_out(made, draft.language)
    for one in draft.cover:
        _add(made, one, say)
    made.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    for one in draft.body:
        _add(made, one, say)
    _forget(made)
    written = BytesIO()
    made.save(written)
    return _without_times(written)


def _lay_out(made: Document, language: str) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2)
    for name, size in SIZES.items():
        style = made.styles[name]
        assert isinstance(style, ParagraphStyle)
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = None
        style.paragraph_format.space_after = Pt(4)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for themed in _THEMED:
            fonts.attrib.pop(qn(f"w:{themed}"), None)
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), FONT)
    for lang in made.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), _LANGUAGES[language])


def _add(made: Document, one: Paragraph, say: Say) -> None:
    line = made.add_paragraph(style=STYLES[one.style])
    label, said, quoted = plain.label(one, say), plain.said(one, say), plain.quoted(one, say)
    if one.style is Style.BOX:
        line.add_run("[   ]  ")
    if label:
        line.add_run(f"{label} " if said or quoted else label)
    if said:
        run = line.add_run(f"{said} " if quoted else said)
        if isinstance(one.origin, Gap):
            run.bold, run.font.highlight_color = True, WD_COLOR_INDEX.YELLOW
    if quoted:
        line.add_run(quoted).italic = True


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
