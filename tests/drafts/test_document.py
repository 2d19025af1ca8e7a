"""A draft as a .docx: it opens, its gaps are marked twice, and it does not tell who made it or when."""

from __future__ import annotations

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import docx
import pytest

from bot.drafts.document import NO_ZIP_TIME, document
from bot.drafts.drafting import HANDOVER
from bot.drafts.paragraph import Gap, Style
from tests.drafts.cases import AT, READ, case, entry, held
from tests.drafts.test_drafting import EVERY, LANGUAGES, RICH, WHO_TELLS, made

SECTION = (
    "headerReference", "footerReference", "type", "pgSz", "pgMar", "pgNumType", "cols", "titlePg", "docGrid",
)  # fmt: skip
"""What a section is made of here, in the order of its schema (ISO/IEC 29500-1, CT_SectPr)."""
OFFICE = shutil.which("soffice")
KAZAKH = "Әңғүұқөһі"


def written(kind: str, language: str, free: str = KAZAKH) -> bytes:
    matter = held(entry(who="self", **WHO_TELLS, **RICH | {"free": free}), {"words": KAZAKH, "at": AT})
    return document(made(kind, language, matter), LANGUAGES[language].say)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_document_names_no_author_no_machine_and_no_time(kind: str, language: str) -> None:
    content = written(kind, language)
    assert content == written(kind, language), "the same draft, the same bytes"
    with ZipFile(BytesIO(content)) as package:
        assert {NO_ZIP_TIME} == {member.date_time for member in package.infolist()}
        assert not {"docProps/app.xml", "docProps/thumbnail.jpeg"} & {*package.namelist()}
        core = ElementTree.fromstring(package.read("docProps/core.xml"))
        assert {None, "1", "2000-01-01T00:00:00Z"} >= {one.text for one in core}
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(package.read(name))
            assert b"python-docx" not in package.read(name)


def test_gaps_are_in_brackets_and_marked_headings_are_styles_and_the_first_page_ends_with_itself() -> None:
    draft = made("hrc", "en", case(**RICH))
    opened = docx.Document(BytesIO(document(draft, LANGUAGES["en"].say)))
    gaps = [run for line in opened.paragraphs for run in line.runs if run.text.startswith("[[")]
    assert len(gaps) == sum(isinstance(one.origin, Gap) for one in (*draft.cover, *draft.body))
    assert all(run.font.highlight_color and run.bold and run.text.rstrip().endswith("]]") for run in gaps)
    assert 2 == sum(line.style.name == "Title" for line in opened.paragraphs if line.style)
    headings = sum(one.style is Style.HEADING for one in (*draft.cover, *draft.body))
    assert headings == sum(line.style.name == "Heading 1" for line in opened.paragraphs if line.style)
    at = next(number for number, line in enumerate(opened.paragraphs) if "w:sectPr" in line._p.xml)
    assert len(draft.cover) == at


def test_each_page_for_the_lawyer_says_so_and_the_forms_own_pages_are_counted_from_one() -> None:
    draft = made("hrc", "ru", case(**RICH))
    opened = docx.Document(BytesIO(document(draft, LANGUAGES["ru"].say)))
    cover, form = opened.sections
    title = opened.paragraphs[0].text
    assert "удалите эту страницу" in title and title == cover.header.paragraphs[0].text
    assert cover.different_first_page_header_footer, "there the title itself says so"
    assert not form.different_first_page_header_footer and not form.header.is_linked_to_previous
    assert "" == "".join(line.text for line in form.header.paragraphs)
    assert 'w:instr="PAGE"' in form.footer._element.xml and 'w:start="1"' in form._sectPr.xml
    for section in opened.sections:
        found = [SECTION.index(one.tag.rpartition("}")[2]) for one in section._sectPr]
        assert found == sorted(found), "in the order that the format's schema wants"


def test_what_no_document_may_hold_is_not_in_it() -> None:
    opened = docx.Document(BytesIO(written("hrc", "ru", "one\x00two\x0bthree\u202efour\ud800")))
    (quoted,) = [line.text for line in opened.paragraphs if "one two three four" in line.text]
    assert quoted.isprintable()


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
def test_every_document_opens_in_libreoffice_and_a_note_is_one_page(tmp_path: Path) -> None:
    names = []
    for kind, language in EVERY:
        note = kind == HANDOVER
        fullest = made(kind, language, READ["all that came"], "un" if note else None)
        (tmp_path / f"{kind}.{language}.docx").write_bytes(document(fullest, LANGUAGES[language].say))
        names.append(f"{kind}.{language}")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    files = [str(tmp_path / f"{name}.docx") for name in names]
    wanted = [str(OFFICE), profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files]
    subprocess.run(wanted, check=True, capture_output=True, timeout=120)
    pages = {name: re.findall(rb"/Type\s*/Page\b", (tmp_path / f"{name}.pdf").read_bytes()) for name in names}
    assert all(pages.values())
    assert {2} == {len(found) for name, found in pages.items() if name.startswith(HANDOVER)}, "the cover and the note"
