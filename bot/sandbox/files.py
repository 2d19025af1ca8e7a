"""Files that a bot has uploaded: kept for the one they were sent to, and for the bot itself by getFile."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import PurePosixPath

LARGEST_UPLOAD = 50 * 2**20
LARGEST_DOWNLOAD = 20 * 2**20
"""Bytes that getFile gives a bot; people get whatever was uploaded."""


@dataclass(frozen=True)
class File:
    id: str
    path: str
    name: str
    content: bytes

    @property
    def document(self) -> dict[str, str | int]:
        """As a message carries it."""
        return {**self.described, "file_name": self.name, "mime_type": "application/octet-stream"}

    @property
    def described(self) -> dict[str, str | int]:
        return {"file_id": self.id, "file_unique_id": f"unique-{self.id}", "file_size": len(self.content)}


class Files:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._by_id: dict[str, File] = {}

    def keep(self, name: str, content: bytes) -> File:
        number = next(self._numbers)
        path = f"documents/file_{number}{PurePosixPath(name).suffix}"
        file = File(f"sandbox-upload-{number}", path, name, content)
        self._by_id[file.id] = file
        return file

    def get(self, file_id: str) -> File | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> File | None:
        return next((file for file in self._by_id.values() if file.path == path), None)
