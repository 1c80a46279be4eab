"""The cable between one agent and the server, for a test to pull out: the others keep theirs."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Cable:
    """Passes bytes between its own port and the server's; `cut` passes none, `join` does again."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._cut = threading.Event()
        self._ended = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._run, name="cable", daemon=True).start()

    def cut(self) -> None:
        """Drop everything from now on without closing anything, as with an unplugged cable."""
        self._cut.set()

    def join(self) -> None:
        """What was under way is lost; new connections pass."""
        for pair in self._pairs:
            for end in pair:
                end.close()
        self._pairs.clear()
        self._cut.clear()

    def end(self) -> None:
        """Put the cable away."""
        self._ended.set()
        self._listener.close()

    def _run(self) -> None:
        self._listener.settimeout(0.05)
        while not self._ended.is_set():
            with contextlib.suppress(OSError):
                near, _ = self._listener.accept()
                if self._cut.is_set():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._pairs.append((near, far))
                threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        ends = selectors.DefaultSelector()
        with contextlib.suppress(OSError, ValueError, KeyError):
            for one, other in ((near, far), (far, near)):
                ends.register(one, selectors.EVENT_READ, other)
            while not self._ended.is_set():
                for key, _ in ends.select(0.1):
                    if self._cut.is_set():
                        return
                    one, other = key.fileobj, key.data  # type: ignore[assignment]
                    assert isinstance(one, socket.socket)
                    found = one.recv(65536)
                    if not found:
                        near.close()
                        far.close()
                        return
                    other.sendall(found)
