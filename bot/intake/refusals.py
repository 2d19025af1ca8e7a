"""What is said to somebody who sends anything but words: that it is gone from the chat, and what to do instead."""

from __future__ import annotations

from bot.intake.text import Text, text

OTHER = text("Only text can be read here. What you sent was deleted from this chat.")
FILE = text(
    "Files and photos are not taken here: it was deleted from this chat."
    " A coordinator can tell you later how to hand over documents."
)
VOICE = text("Voice and video messages are not taken here: it was deleted from this chat. Please write in words.")
LOCATION = text(
    "A location is not taken here: it was deleted from this chat, and we keep nothing of it. Please write in words."
)
CONTACT = text(
    "A contact is not taken here: it was deleted from this chat, and we keep nothing of it. Please write in words."
)
FORWARDED = text("A forwarded message is not taken: it was deleted from this chat. Please write in your own words.")
EDITED = text("A changed message is not read: it was deleted from this chat. Please write it once more.")

_BY_KIND = {
    **dict.fromkeys(("photo", "live_photo", "document", "video", "animation", "audio", "paid_media"), FILE),
    **dict.fromkeys(("voice", "video_note"), VOICE),
    **dict.fromkeys(("location", "venue"), LOCATION),
    "contact": CONTACT,
    "forwarded": FORWARDED,
    "edited": EDITED,
}


def refusal(kind: str) -> Text:
    """The one line for something of this kind."""
    return _BY_KIND.get(kind, OTHER)
