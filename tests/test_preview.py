"""A translator sees every text that there is, and a page that asks nothing of anybody."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from bot import speaking
from bot.catalogues import of_folder, of_questionnaire
from bot.languages import catalogue_path, folder, read_catalogue, traits_of
from bot.preview import preview
from bot.preview.page import page as printed
from bot.preview.shown import Shown
from bot.traits import DEFAULT
from tests.tenants.questionnaire import TENANTS


def words(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "\n", page))


@pytest.mark.parametrize("own", [None, TENANTS], ids=["built-in", "tenants"])
def test_every_text_of_the_catalogues_is_on_the_page_in_both_languages(own: Path | None) -> None:
    """On a screen, or in the table of those that stand on none; with its values, so that parts of it are looked for."""
    asked, spoken = speaking.load(own)
    template = of_folder(folder()).template
    page = preview(asked, spoken, "kk", template, *([of_questionnaire(own).template] if own else []))
    shown = words(page)
    for code in ("kk", DEFAULT):
        catalogue = read_catalogue(catalogue_path(folder(), code), traits_of(folder() / code))
        missing = [
            message.id
            for message in catalogue
            if message.id
            for wording in [message.string[-1] if isinstance(message.string, tuple) else message.string]
            if not all(part in shown for part in re.split(r"\{[a-z_]+\}", wording) if len(part) > 3)
        ]
        assert missing == []
    assert not re.search(r"<script|<link|<img|src=|@import|url\(|\son[a-z]+=", page)
    assert '<html lang="en">' in page and page.count("<h3>") > 100


def test_what_looks_like_markup_in_a_text_is_shown_as_it_stands() -> None:
    said = (("<b>1 &lt; 2</b> &lt;script&gt; <i onclick=x>", [[{"text": "<b>"}]]),)
    made = printed("x", "kk", [Shown("person", "<i>", said, said)], [("<u>", "&")])
    assert "<b>1 &lt; 2</b> &lt;script&gt; &lt;i onclick=x&gt;" in made
    assert "<span>&lt;b&gt;</span>" in made and "<h3>&lt;i&gt;</h3>" in made and "&lt;u&gt;" in made
