"""Every screen of every role over sample data, as the real renderers draw it, the source beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from babel.messages.catalog import Catalog

from bot.intake.questionnaire import Questionnaire
from bot.intake.text import Text
from bot.languages import Language
from bot.preview import page, person, staff
from bot.preview.shown import Listening, Shown, listening
from bot.telegram import screens
from bot.telegram.desk import House
from bot.telegram.table import TABLE
from bot.traits import DEFAULT

NOON = datetime(2026, 3, 20, 7, 0, tzinfo=UTC)
"""When all of it is shown: a Friday."""
ROLES = ("person", "coordinator", "admin", "auditor")


def preview(asked: Questionnaire, languages: Mapping[str, Language], code: str, *templates: Catalog) -> str:
    """The page of a language. ``templates``: all texts.

    Those that no screen says stand in a table at its end, with those of several forms.
    """
    source, wording = listening(languages[DEFAULT]), listening(languages[code])
    shown = [*_of_person(asked, source, wording), *_of_staff(asked, languages, source, wording)]
    shown.sort(key=lambda one: ROLES.index(one.role))
    first = {repr((one.source, one.wording)): one for one in reversed(shown)}
    shown = [one for one in shown if first[repr((one.source, one.wording))] is one]
    heard = source.heard | wording.heard
    alone = dict.fromkeys(_text(message.id) for template in templates for message in template if message.id)
    rest = (text for text in alone if text.plural is not None or text.message not in heard)
    listed = [(source.say_plainly(text), wording.say_plainly(text)) for text in rest]
    return page.page(wording.name, code, shown, listed)


def _text(id: str | tuple[str, ...] | list[str]) -> Text:
    return Text(id) if isinstance(id, str) else Text(id[0], plural=id[1], count=2)


def _of_person(asked: Questionnaire, source: Listening, wording: Listening) -> Iterator[Shown]:
    for title, screen in person.screens(asked, NOON):
        first, second = (screens.render(screen, language) for language in (source, wording))
        yield Shown("person", title, (first,), (second,))


def _of_staff(
    asked: Questionnaire, languages: Mapping[str, Language], source: Listening, wording: Listening
) -> Iterator[Shown]:
    spoken = {**languages, source.code: source, wording.code: wording}
    house = House(asked, spoken, actions=TABLE)
    first, second = (staff.screens(house, language, NOON) for language in (source, wording))
    for (role, title, drawn), (_, _, also) in zip(first, second, strict=True):
        yield Shown(role, title, drawn, also)
