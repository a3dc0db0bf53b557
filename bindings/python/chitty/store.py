"""The base of an app's own store."""

from __future__ import annotations

from ._generated import chitty as native


class PendingStore(native.PendingStore):
    """Durable memory of a client. Every call happens entirely or not at all."""

    def swap_note(self, name: str, expected: bytes | None, value: bytes) -> bool:
        """Writes a note if it holds `expected` now (`None`: there is no such note); tells whether it did.

        This one reads, compares and writes, which is enough for a store of one client. A store that
        several clients or processes share overrides it with one step."""
        if self.note(name) != expected:
            return False
        self.set_note(name, value)
        return True
