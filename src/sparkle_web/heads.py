"""Requests whose head is too long or takes too long: uvicorn bounds neither, and both cost memory before any limit.

Source: docs/http.md. What is bounded here is what comes before a body: the request line and the headers.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 64 * 1024
"""Bytes of a head. Browsers and proxies send a tenth of it."""
WITHIN_S = 20.0
"""Seconds from a head's first byte, or from the connection for the first one, to its end."""

_REFUSAL = b"HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHeads(HttpToolsProtocol):
    """Answers 431 to a head past 64 KiB and 408 to one that takes longer than 20 seconds, and closes the connection."""

    within_s = WITHIN_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._came = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_begins()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ends()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes while a head is not complete; what else is in the piece that completes it is a body's."""
        if self._timer is not None:
            self._came += len(data)
        super().data_received(data)
        if self._timer is not None and self._came > MOST:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._head_begins()

    def on_headers_complete(self) -> None:
        self._head_ends()
        super().on_headers_complete()

    def _head_begins(self) -> None:
        self._came = 0
        self._timer = self.loop.call_later(self.within_s, self._refuse, b"408 Request Timeout")

    def _head_ends(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: bytes) -> None:
        self._head_ends()
        if not self.transport.is_closing():
            self.transport.write(_REFUSAL % status)
            self.transport.close()
