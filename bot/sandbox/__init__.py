"""A local stand-in for Telegram's Bot API: the edge of the world for tests and the demo."""

from bot.sandbox.account import Account, Late
from bot.sandbox.faults import Fault
from bot.sandbox.server import Call, Sandbox
from bot.sandbox.world import Button, Message, World

__all__ = ["Account", "Button", "Call", "Fault", "Late", "Message", "Sandbox", "World"]
