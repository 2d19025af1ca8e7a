"""What a person can send that is not words, as the Bot API describes it."""

from __future__ import annotations

from bot.sandbox.world import JSON

_FILE: JSON = {"file_id": "sandbox-file", "file_unique_id": "sandbox", "file_size": 1024}
KINDS: dict[str, JSON] = {
    "photo": {"photo": [{**_FILE, "width": 90, "height": 90}]},
    "voice": {"voice": {**_FILE, "duration": 3, "mime_type": "audio/ogg"}},
    "video": {"video": {**_FILE, "width": 90, "height": 90, "duration": 3}},
    "video_note": {"video_note": {**_FILE, "length": 240, "duration": 3}},
    "audio": {"audio": {**_FILE, "duration": 3}},
    "animation": {
        "animation": {**_FILE, "width": 90, "height": 90, "duration": 3},
        "document": {**_FILE, "file_name": "animation.mp4"},
    },
    "document": {"document": {**_FILE, "file_name": "document.pdf", "mime_type": "application/pdf"}},
    "sticker": {
        "sticker": {
            **_FILE,
            "width": 512,
            "height": 512,
            "emoji": "🙂",
            "type": "regular",
            "is_animated": False,
            "is_video": False,
        }
    },
    "contact": {"contact": {"phone_number": "+70000000000", "first_name": "Contact"}},
    "location": {"location": {"latitude": 43.238, "longitude": 76.945}},
    "venue": {
        "venue": {"location": {"latitude": 43.238, "longitude": 76.945}, "title": "Venue", "address": "Street 1"},
        "location": {"latitude": 43.238, "longitude": 76.945},
    },
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
}
