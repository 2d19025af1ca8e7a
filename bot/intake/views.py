"""What a state looks like: pure functions from a conversation's state to its screen."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.intake import coming_back, echo, mailbox, word
from bot.intake.course import left, offered, place, settled, speaks_for_self, writes_briefly
from bot.intake.cover import Cover
from bot.intake.question import Option, Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import Choice, Phase, Screen, State
from bot.intake.text import Text, plural, text

TAKEN = Choice("taken", text("I am being taken now"))
# for translators: at most 24 characters
CLEAR = Choice("-clear", text("Clear chat"))
# for translators: at most 24 characters
BACK = Choice("-back", text("Back"))
# for translators: at most 24 characters
SKIP = Choice("-skip", text("Skip"))
# for translators: at most 24 characters
LANGUAGE = Choice("-language", text("Language"))
ANEW = Choice("anew", text("Screens as new messages"))
"""For who has the chat read aloud: an edited message is easily missed."""


def view(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None = None) -> Screen:
    """The screen of a state."""
    state, question = settled(questionnaire, state)
    here = place(state, question)
    if mailbox.place(state):
        return mailbox.view(state, here, CLEAR, notice)
    if state.hidden:
        return Screen(
            here,
            (text("Hello! Press the button when you have time."),),
            (Choice("continue", text("Continue")),),
        )
    if state.stray:
        lines: tuple[Text, ...] = (text("This text answers no question. What shall we do with it?"),)
        if question is not None and question.kind == "date":
            lines += (echo.can_be_written(question),)
        decide = (Choice("pass", text("Pass it on")), Choice("delete", text("Delete it")))
        return Screen(here, lines, decide, ((CLEAR,),))
    if state.menu == "language":
        choices = (*_languages(questionnaire), replace(ANEW, ticked=state.anew))
        return Screen(here, (text("Choose a language."),), choices, ((BACK, CLEAR),), notice=notice)
    if state.menu == "more":
        return Screen(here, MORE, (replace(ANEW, ticked=state.anew),), ((BACK, CLEAR),), notice=notice)
    if state.menu in (word.WORD, word.AGAIN):
        return word.view(state, (BACK, CLEAR), notice)
    if state.menu in (coming_back.CODE, coming_back.RETURN):
        return coming_back.view(state, (BACK, CLEAR), notice)
    if state.menu == "help":
        return Screen(here, _help(questionnaire, state), (), ((BACK, CLEAR),), notice=notice)
    if state.menu == "unreached":
        told = (NOBODY, CANT_WAIT, *_help(questionnaire, state))
        return Screen(here, told, (), ((BACK, CLEAR),), notice=notice)
    if state.menu == "erase":
        sure = (
            text("Erase everything you have sent? This can't be undone."),
            ERASED_WITHIN_A_DAY if state.early else ERASED_AT_ONCE,
            ERASE_LIMITS,
        )
        always = Choice("always", text("Also when clearing"), state.wipes)
        return Screen(
            here, sure, (Choice("yes", text("Erase everything")), always), ((BACK, CLEAR),), notice=notice
        )
    if question is not None:
        return _question(questionnaire, state, question, now, notice)
    return PHASES[state.phase](questionnaire, state, now, notice)


CONSENT = (
    text("Hello! Here you can ask a few people for advice."),
    text("Volunteers run this chat free of charge. It is not a state body and not the police."),
    text("A few short questions show what is urgent. You may skip questions and stop at any time."),
    text("Telegram can see this chat. Please send no names, addresses or documents."),
    text("One coordinator reads your answers. They are stored encrypted and erased at your request."),
    text(
        "If something is urgent, we pass your answers on at once;"
        " otherwise when you send them, clear this chat or fall silent for 30 minutes."
    ),
    text("A person answers you, not the bot. We can't promise when, nor that a removal will be stopped."),
)
ON_DUTY = text(
    "A person answers you, not the bot; one who speaks your language is on duty now."
    " We can't promise when they answer, nor that a removal will be stopped."
)
OFF_DUTY = text(
    "A person answers you, not the bot; nobody who speaks your language is on duty in the coming days."
    " We can't promise when somebody answers, nor that a removal will be stopped."
)
ERASED_AT_ONCE = text("This chat is cleared and what was sent is erased, both at once.")
ERASED_WITHIN_A_DAY = text(
    "This chat is cleared at once. What was sent is erased within 24 hours:"
    " an alert went out before it was sent, so somebody else may be pressing this button."
)
ERASE_LIMITS = text("Copies in our backups last up to 14 days. What Telegram keeps is beyond our reach.")
CANT_WAIT = text("If you can't wait, turn to a lawyer or a human rights organisation you trust.")
NOBODY = text("So far nobody could be reached. We go on calling the coordinators.")
READ_HERE = text(
    "Your answers stay encrypted on our server. The coordinator who takes your case reads them through Telegram."
)
READ_ELSEWHERE = text(
    "Your answers stay encrypted on our server, which can't open what was sent."
    " The coordinator who takes your case reads them on a computer of their own."
)
MORE = (
    text("More about this chat"),
    text(
        "We ask where the person is, which papers there are and what happens next, so that a lawyer can act in time."
    ),
    READ_HERE,
    text(
        "Your messages are deleted here once they are saved. Telegram's servers and notifications may keep them."
    ),
    text("We erase at your request: at once, or within 24 hours if an alert went out before you pressed Send."),
    ERASE_LIMITS,
    text("Without a request we erase 30 days after your case is closed."),
    text("An abandoned conversation becomes unreadable after two to three days."),
    CANT_WAIT,
    text("“Clear chat” empties this chat and locks it: whoever writes here next sees a first visit."),
    text("Before a check, delete this chat only. An empty phone draws attention."),
)


def directed(screen: Screen, page: str, *, offline: bool) -> Screen:
    """*More*, true to who holds the keys, with what to do once the bot is gone. ``page``: where to look then."""
    silent = text("If this chat does not react within a minute, delete your message.")
    if page:
        silent = text(
            "If this chat does not react within a minute,"
            " delete your message and look here for its new address: {page}",
            page=page,
        )
    read = READ_ELSEWHERE if offline else READ_HERE
    return replace(screen, lines=(*(read if line is READ_HERE else line for line in screen.lines), silent))


def _consent(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None) -> Screen:
    choices = (Choice("agree", text("I agree")), *_taken_away(questionnaire))
    rows = ((Choice("more", text("More")), Choice("no", text("No"))), _languages(questionnaire), (CLEAR,))
    return Screen("consent", CONSENT, choices, rows, notice=notice)


def _taken_away(questionnaire: Questionnaire) -> tuple[Choice, ...]:
    return (TAKEN,) if questionnaire.takes else ()


def _languages(questionnaire: Questionnaire) -> tuple[Choice, ...]:
    return tuple(Choice(one.code, text("{name}", name=one.name)) for one in questionnaire.languages)


def covered(screen: Screen, cover: Cover) -> Screen:
    """The consent screen, honest about whether somebody who speaks the language is there."""
    line = ON_DUTY if cover.now else OFF_DUTY
    if not cover.now and cover.since is not None:
        line = text(
            "A person answers you, not the bot; one who speaks your language is on duty from {moment} (Almaty time)."
            " We can't promise when they answer, nor that a removal will be stopped.",
            moment=cover.since,
        )
    return replace(screen, lines=(*CONSENT[:-1], line))


def _declined(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None) -> Screen:
    lines = (text("All right. Nothing was saved. Write again whenever you like."),)
    return Screen("declined", lines, (Choice("again", text("Start over")),), ((CLEAR,),), notice=notice)


def _unsafe(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None) -> Screen:
    lines = (text("Then let us stop here. Write again when it is safe."),)
    return Screen("unsafe", lines, _taken_away(questionnaire), ((CLEAR,),), notice=notice)


def _taken(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None) -> Screen:
    lines: tuple[Text, ...] = (text("Received. Which city?"), text("After your answer this chat will be cleared."))
    where = questionnaire.questions.get("where")
    choices = tuple(_choice(option, state) for option in (where.options if where else ()))
    return Screen("taken", lines, choices, ((CLEAR,),), columns=2, notice=notice)


def _offer(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None) -> Screen:
    lines: tuple[Text, ...]
    if state.recorded:
        lines = (text("Your answers are already with the coordinators."), _number(state))
    else:
        lines = (text("Thank you, the most important part is done."),)
    lines += (
        text("You can send now. A few more answers would help the lawyer; each of them can be skipped."),
    )
    choices: tuple[Choice, ...] = (Choice("send", text("Send now")), Choice("go_on", text("Help the lawyer")))
    if writes_briefly(state):
        lines, choices = lines[:-1], choices[:1]
    if state.recorded and not state.coded:
        choices += (coming_back.OFFER,)
    look: tuple[tuple[Choice, ...], ...] = () if state.interrupted else ((Choice("review", text("Check answers")),),)
    return Screen("offer", lines, choices, (*look, _below(state)), notice=notice)


def _review(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None) -> Screen:
    if state.interrupted:
        return Screen(
            "review",
            (text("That was the last question."),),
            (Choice("-send", text("Send")),),
            (_below(state),),
        )
    lines = (text("Answered so far. Press a question to change its answer."),)
    choices = tuple(
        Choice(answer.question, text(questionnaire.questions[answer.question].title))
        for answer in state.answers
        if answer.question in questionnaire.questions
    )
    return Screen("review", lines, choices, ((Choice("-send", text("Send")),), _below(state)), notice=notice)


def _home(questionnaire: Questionnaire, state: State, now: datetime, notice: Text | None) -> Screen:
    lines: tuple[Text, ...] = (text("Received. A person will read it."), _number(state))
    if state.opened:
        lines += (
            text("Opened by a coordinator: {moment}", moment=datetime.fromtimestamp(state.opened, UTC)),
        )
    elif state.unreached:
        lines += (text("Nobody could be reached yet: {moment}", moment=datetime.fromtimestamp(state.unreached, UTC)),)
    lines += (text("We can't promise when the answer comes. Write here if something changes."),)
    if state.guarded:
        lines += (text("After three minutes of silence this chat locks and looks unused."),)
    choices = (
        Choice("add", text("Add something")),
        Choice("update", text("New date or paper")),
        Choice("urgent", text("It has become urgent")),
        Choice("help", text("What you can do now")),
        Choice("another", text("Another person")),
        Choice("word", text("Code word")),
        coming_back.OFFER,
        Choice("erase", text("Erase everything")),
    )
    return Screen("home", lines, choices, ((LANGUAGE, CLEAR),), notice=notice)


PHASES = {
    Phase.CONSENT: _consent,
    Phase.DECLINED: _declined,
    Phase.UNSAFE: _unsafe,
    Phase.TAKEN: _taken,
    Phase.OFFER: _offer,
    Phase.REVIEW: _review,
    Phase.HOME: _home,
}


def _help(questionnaire: Questionnaire, state: State) -> tuple[Text, ...]:
    """The self-help lines that fit what was sent, each with its risk and its source."""
    lines: list[Text] = [text("While you wait. This is not legal advice.")]
    for one in questionnaire.help:
        if one.id not in state.helps:
            continue
        lines.append(text(one.text))
        if one.risk:
            lines.append(text("Risk: {risk}", risk=text(one.risk)))
        if one.article:
            mark = text("verified") if one.verified else text("unverified")
            lines.append(text("Basis: {article}, {mark}", article=text(one.article), mark=mark))
    return tuple(lines)


def _number(state: State) -> Text:
    return text("Your number: {code}", code=state.code)


def _below(state: State) -> tuple[Choice, ...]:
    return (CLEAR,) if state.interrupted else (BACK, CLEAR)


def _choice(option: Option, state: State) -> Choice:
    label = option.another if option.another and not speaks_for_self(state) else option.label
    return Choice(option.id, text(label), option.id in state.partial)


def _question(
    questionnaire: Questionnaire, state: State, question: Question, now: datetime, notice: Text | None
) -> Screen:
    head = text(question.self_text if speaks_for_self(state) else question.another_text)
    lines: tuple[Text, ...] = (head,)
    if question.hint and (question.typed is None or holds(question.typed, state.chosen)):
        lines += (text(question.hint),)
    row: tuple[Choice, ...] = ()
    if question.skip is not None:
        row += (SKIP,)
    controls: tuple[tuple[Choice, ...], ...] = ((*row, *_below(state)),)
    count: tuple[Text, ...] = ()
    if not state.changing:
        more = sum(1 for _ in left(questionnaire, state))
        count = (plural("Question left: {count}", "Questions left: {count}", max(more, 1)),)
    lines += count
    mark = state.partial[0] if state.partial and question.kind != "many" else ""
    if days := echo.waiting(question, state.partial):
        asking, answers = echo.asking(days)
        return Screen(question.id, (head, asking, *count), answers, controls, notice=notice)
    if mark.startswith("month:") or mark.startswith("hour:"):
        lines = (head, echo.can_be_written(question), *count)
        choices, pages = _calendar(question, mark, now.astimezone(questionnaire.zone))
        return Screen(
            question.id, lines, choices, (*pages, *controls), 5 if mark.startswith("month:") else 4, notice
        )
    waiting = question.option(mark)
    if waiting is not None and waiting.asks is not None:
        return Screen(question.id, (text(waiting.asks), *count), (), controls, notice=notice)
    if question.kind == "many":
        lines = (head, text("Choose all that fit, then press Done."), *lines[1:])
        controls = ((Choice("-done", text("Done")),), *controls)
    choices = tuple(_choice(option, state) for option in offered(question, state))
    return Screen(question.id, lines, choices, controls, 1 if len(choices) < 4 else 2, notice)


def _calendar(
    question: Question, mark: str, local: datetime
) -> tuple[tuple[Choice, ...], tuple[tuple[Choice, ...], ...]]:
    """The days of a month (or the hours of a day) that the question's direction allows."""
    kind, _, value = mark.partition(":")
    if kind == "hour":
        hours = tuple(
            Choice(f"{value}T{hour:02}", text("{hour}:00", hour=f"{hour:02}")) for hour in range(24)
        )
        return hours, ((Choice(value, text("Hour not known")),),)
    year, month = (int(part) for part in value.split("-"))
    today = local.date()
    days = [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]
    fit = [day for day in days if (day <= today if question.direction == "past" else day >= today)]
    choices = tuple(
        Choice(f"-hour:{day}" if asks_hour(question) else str(day), text("{day}", day=str(day.day)))
        for day in fit
    )
    before, after = days[0] - timedelta(days=1), days[-1] + timedelta(days=1)
    pages: tuple[Choice, ...] = ()
    if question.direction == "past" or before >= today.replace(day=1):
        pages += (Choice(f"-month:{before:%Y-%m}", text("Earlier")),)
    if question.direction == "future" or after <= today:
        pages += (Choice(f"-month:{after:%Y-%m}", text("Later")),)
    return choices, ((Choice("-title", text("{month}.{year}", month=f"{month:02}", year=str(year))),), pages)


def asks_hour(question: Question) -> bool:
    return any(option.pick == "hour" for option in question.options)
