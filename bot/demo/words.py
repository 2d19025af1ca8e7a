"""What the page itself says, by the names its modules use; they fill the ``{gaps}``."""

from __future__ import annotations

from collections.abc import Mapping

from bot.intake.text import Text, text

WORDS: Mapping[str, Text] = {
    "intro": text(
        "Try it: this is the real bot. Telegram, the people and the clock are only played on this computer. Nothing"
        " leaves it, and all of it is gone when the demo ends."
    ),
    "skip": text("Go to the chats"),
    "page_language": text("Language of this page"),
    "tabs": text("Chats and disk"),
    "lost": text("The demo does not answer. If you have ended it, start it again and open its new address."),
    # the three roles
    "person": text("Person"),
    "coordinator": text("Coordinator"),
    "admin": text("Administrator"),
    "tab_person": text("Person"),
    "tab_coordinator": text("Coordinator"),
    "tab_admin": text("Admin"),
    "tab_disk": text("Disk"),
    "person_is": text(
        "Somebody in danger, or a relative. Their phone may be searched: the chat keeps one message, and what they type"
        " goes from it."
    ),
    "coordinator_is": text(
        "A lawyer or case worker. Takes the alert, reads the answers, writes back; neither sees the other's account."
    ),
    "admin_is": text("Keeps keys and staff in order, and is called when nobody takes an alert. Try /rotate."),
    "person_accounts": text("Persons"),
    "coordinator_accounts": text("Coordinators"),
    "admin_accounts": text("Administrators"),
    "person_chat": text("Person's chat"),
    "coordinator_chat": text("Coordinator's chat"),
    "admin_chat": text("Administrator's chat"),
    "add_person": text("Add a person"),
    "add_coordinator": text("Add a coordinator"),
    "telegram_language": text("Language of this Telegram"),
    # a chat
    "bot": text("bot"),
    "typing": text("typing …"),
    "start": text("Start"),
    "begin": text("Begin here."),
    "empty": text("The chat is empty."),
    "message": text("Message"),
    "send": text("Send"),
    "attach": text("Attach"),
    "menu": text("Commands"),
    "clear": text("Clear the chat on this phone and at Telegram"),
    "keys": text("Buttons of the message"),
    "protected": text("can't be forwarded"),
    "silent": text("silent"),
    "edited": text("edited"),
    "deleted": text("deleted"),
    "delete": text("delete"),
    "goes_in": text("Goes in {left}"),
    "goes_at": text("Goes at {time}"),
    "spoiler": text("Show what is hidden"),
    "copied": text("Copied."),
    "ok": text("All right"),
    "new": text("new"),
    "photo": text("Photo"),
    "voice": text("Voice message"),
    "contact": text("Contact"),
    "location": text("Location"),
    "document": text("File"),
    "other": text("Attachment"),
    # time and trouble
    "controls": text("Time and trouble"),
    "clock": text("Time in the demo"),
    "moved": text("moved on by {moved}"),
    "forward": text("Move time on"),
    "minutes_10": text("+10 min"),
    "hours_1": text("+1 h"),
    "hours_12": text("+12 h"),
    "days_1": text("+1 day"),
    "days_3": text("+3 days"),
    "d": text("d"),
    "h": text("h"),
    "min": text("min"),
    "trouble": text("Trouble"),
    "telegram_down": text("Telegram is down"),
    "kill": text("End the process by force"),
    "bot_running": text("The bot is running"),
    "bot_starting": text("The bot is starting"),
    "bot_dead": text("The bot is dead"),
    "kills": text("ended by force: {count}"),
    "waiting": text("queued: {count}"),
    # the disk
    "disk": text("What is on the disk now"),
    "disk_is": text(
        "What someone finds who takes the machine away, without its keys. In clear stand only random ids, key ids,"
        " keyed hashes, counters and a few times, such as from when a message may be sent."
    ),
    "typed": text("The words just typed"),
    "nothing_typed": text("Nothing has been typed yet. Write something in a chat: it is looked for here by itself."),
    "search_label": text("Look for other words in every file"),
    "search": text("Search"),
    "found": text("found: {count}"),
    "searched": text("(searched: {bytes} bytes, files: {files})"),
    "too_short": text("too short to be told from chance"),
    "files": text("Files"),
    "bytes": text("bytes"),
    "tables": text("Tables of the database"),
    "tables_are": text("The newest rows as they stand in the file. The long values that begin with 01 are sealed."),
    "rows": text("rows: {count}"),
    "empty_tables": text("Empty: {names}"),
    "table_cases": text("what the queue is sorted by, sealed"),
    "table_entries": text("answers, messages, notes, sealed"),
    "table_wraps": text("the key of each entry, sealed to the case key"),
    "table_chats": text("where each chat stands, with its draft, sealed"),
    "table_outbox": text("what waits to be sent, sealed"),
    "table_messages": text("which messages are to be deleted, sealed"),
    "table_staff": text("coordinators and administrators, sealed"),
    "table_audit": text("who did what, sealed and chained"),
    "table_seen": text("numbers of what has been taken in"),
}
