"""Finds the resolver to ask, the system's or a named one, and says in plain words why it did not answer."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from oxtui.durable import kind_of
from oxtui.errors import OxtuiError, WrongUse
from oxtui.text import clean, clip

if TYPE_CHECKING:
    import dns.name
    import dns.resolver

_HINT: Final = "for example 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53"
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?", re.IGNORECASE | re.ASCII)
_MOST: Final = 3
"""Resolvers of the machine that are asked, as many as its own library asks."""
SETTINGS: Final = Path("/etc/resolv.conf")
"""The file with this machine's resolvers; on Windows that is the registry."""
_MOST_BYTES: Final = 1 << 16
_NO_NETWORK: Final = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


class Resolvers(Struct, frozen=True):
    """One or more resolvers, named in `text` as HOST:PORT; `error` says why there is none."""

    text: str
    resolver: dns.resolver.Resolver | None = None
    error: str | None = None

    def query(self, name: dns.name.Name, kind: str, lifetime_s: float) -> dns.resolver.Answer:
        """Ask one question, with retries, and over TCP for a truncated answer; raises dnspython's exceptions."""
        assert self.resolver is not None
        return self.resolver.resolve(name, kind, raise_on_no_answer=False, lifetime=lifetime_s, search=False)

    def named(self, server: str | None, port: int | None) -> str:
        """Return the resolver that answered, as HOST:PORT."""
        return _joined(server, port or 53) if server else self.text

    def why(self, errors: Sequence[tuple[Any, ...]]) -> str:
        """Return why no resolver gave a usable answer, from dnspython's list of errors."""
        import dns.rcode

        codes = {response.rcode() for *_, response in errors if response is not None}
        if dns.rcode.SERVFAIL in codes:
            return f"SERVFAIL: {self.text} got no proper answer from the domain's name servers"
        if dns.rcode.REFUSED in codes:
            return f"REFUSED: {self.text} refuses to answer for this domain"
        other = sorted(dns.rcode.to_text(code) for code in codes if code != dns.rcode.NOERROR)
        if other:
            return f"{other[0]}: {self.text} cannot answer this question"
        for *_, cause, _response in errors:
            if isinstance(cause, OSError):
                return self._unreachable(cause)
        return f"an answer from {self.text} that cannot be read"

    def _unreachable(self, error: OSError) -> str:
        if error.errno in _NO_NETWORK:
            return f"no network: {self.text} cannot be reached"
        if error.errno == errno.ECONNREFUSED:
            return f"{self.text} refuses the connection"
        return f"{self.text} cannot be asked: {clean(error.strerror or type(error).__name__)}"


def resolvers_of(given: str | None, timeout_s: float) -> Resolvers:
    """Return the resolvers to ask; `given` is HOST, HOST:PORT, [IPv6]:PORT or None for the system's.

    The system looks up a host name within `timeout_s` seconds. Raises WrongUse for another form.
    """
    import dns.resolver

    if given is None or not given.strip():
        try:
            resolver = _of_this_machine()
        except OxtuiError as error:
            return Resolvers("", error=error.message)
        addresses = [str(server) for server in resolver.nameservers][:_MOST]
        resolver.nameservers = list(addresses)
        port = resolver.port
    else:
        host, port = host_and_port(given)
        addresses = _addresses(host, timeout_s)
        if not addresses:
            return Resolvers(_joined(host, port), error=f"the resolver {host} is not known by that name")
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = list(addresses)
        resolver.port = port
    # time for a retry after a lost packet, and for the second server after a dead first one
    resolver.timeout = max(0.2, timeout_s / (len(addresses) + 1))
    resolver.cache = None
    return Resolvers(", ".join(_joined(address, port) for address in addresses), resolver)


def _of_this_machine() -> dns.resolver.Resolver:
    """Return the resolver of this machine's settings; raises OxtuiError if they name none."""
    import dns.exception
    import dns.resolver

    text = "" if sys.platform == "win32" else _settings()
    try:
        resolver = dns.resolver.Resolver(configure=sys.platform == "win32")
        if sys.platform != "win32":
            resolver.read_resolv_conf(io.StringIO(text))
    except (dns.exception.DNSException, OSError) as error:
        if "\0" in text or "\ufffd" in text:
            raise OxtuiError(f"{SETTINGS}, which names this machine's resolver, is not text") from error
        raise OxtuiError("no resolver is set up on this machine (no network?)") from error
    except ValueError as error:
        # dnspython takes addresses only, and begins its message with what it found
        named = clip(clean(str(error)).partition(" is not ")[0].removeprefix("nameserver "), 60)
        raise OxtuiError(f"this machine's resolver settings name '{named}' where an address belongs") from error
    return resolver


def _settings() -> str:
    """Read this machine's settings, "" if there are none; raises OxtuiError if they cannot be read."""
    which = f"{SETTINGS}, which names this machine's resolver,"
    try:
        # a pipe would wait for a writer, and a device may never end
        descriptor = os.open(SETTINGS, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise OxtuiError(f"{which} is {kind_of(mode)}, not a file")
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(_MOST_BYTES + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise OxtuiError(f"{which} cannot be read ({error.strerror or error})") from error
    if len(data) > _MOST_BYTES:
        raise OxtuiError(f"{which} is too long to be one")
    return data.decode("utf-8-sig", "replace")


def host_and_port(given: str) -> tuple[str, int]:
    """Parse `HOST[:PORT]` (default: 53); raises WrongUse."""
    text = clean(given).strip()
    match = re.fullmatch(r"\[([^\[\]]+)\](?::(\d{1,5}))?", text)
    if match is None and text.count(":") <= 1:
        match = re.fullmatch(r"([^\s:/@\[\]]+)(?::(\d{1,5}))?", text)
    host, port = (match[1], int(match[2] or 53)) if match else (text, 53)
    if not 0 < port < 65536:
        raise WrongUse(f"'{clip(text, 60)}' is no resolver: a port is 1 to 65535", _HINT)
    from dns.inet import is_address

    if is_address(host):
        return host, port
    if text.startswith("[") or re.fullmatch(r"[\d.]+", host) or not re.fullmatch(_HOST, host):
        raise WrongUse(f"'{clip(text, 60)}' is no resolver", _HINT)
    return host, port


def _addresses(host: str, timeout_s: float) -> list[str]:
    """Look up a resolver's addresses, IPv4 first; none if its name is not resolved in time."""
    import socket

    from dns.inet import is_address

    if is_address(host):
        return [host]

    addresses: list[str] = []

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, 53, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            return
        infos.sort(key=lambda info: info[0] != socket.AF_INET)
        addresses.extend(dict.fromkeys(str(info[4][0]) for info in infos))

    thread = threading.Thread(target=look_up, name="dns", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return addresses[:2]


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
