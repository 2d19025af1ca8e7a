"""``qorgan init`` as a conversation in the terminal: what it asks before anything is made, and what it ends with."""

from bot.wizard.ending import end
from bot.wizard.questions import ask
from bot.wizard.terminal import Terminal, opened

__all__ = ["Terminal", "ask", "end", "opened"]
