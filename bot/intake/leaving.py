"""What stays of a conversation when its chat is covered by the neutral line, or cleared."""

from __future__ import annotations

from dataclasses import replace

from bot.intake.state import Clear, Erase, Phase, State, Step


def safety_asked_again(state: State) -> State:
    if state.phase is not Phase.UNSAFE:
        return state
    kept = tuple(one for one in state.answers if one.question != "safe_now")
    return replace(state, phase=Phase.QUESTIONS, answers=kept)


def cleared(state: State, *, wipes: bool = True) -> Step:
    """``wipes``: it is the person's own act, so that what they chose for it counts."""
    if wipes and state.wipes:
        return State(state.language), (Erase(), Clear()), None
    state = safety_asked_again(state)
    after = Phase.QUESTIONS if state.phase is Phase.TAKEN else state.phase
    return covered_up(replace(state, phase=after)), (Clear(),), None


def covered_up(state: State) -> State:
    """Behind the neutral line; what was half chosen or being changed would show an answer after it."""
    if state.changing:
        state = replace(state, changing="", phase=Phase.REVIEW)
    begun = state.phase not in (Phase.CONSENT, Phase.DECLINED)
    interrupted = state.interrupted or begun
    return replace(state, hidden=True, interrupted=interrupted, menu="", partial=(), reading=0)
