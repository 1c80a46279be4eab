"""A real DNS server on loopback (UDP and TCP on one port) whose names can be made to misbehave."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections import defaultdict
from types import TracebackType

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from tests.drive.waiting import PATIENCE

BEHAVIOURS = (
    "nxdomain", "servfail", "refused", "formerr", "silent", "lost", "truncate", "garbage", "slow", "together", "no-tcp",
)  # fmt: skip


class DnsServer:
    """Zones by name, behaviours by name and type; `asked` lists every question as (name, type, transport).

    `lost` is silent to the first question, and `together` answers none before `at_once` different ones were asked.
    As a recursive resolver does, it follows a CNAME within its own names, and says NXDOMAIN for others.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.records: dict[dns.name.Name, dict[str, list[dns.rdata.Rdata]]] = defaultdict(lambda: defaultdict(list))
        self.behaviours: dict[tuple[dns.name.Name, str], str] = {}
        self.everywhere = ""
        self.slowness_s = 0.0
        self.at_once = 0
        self._waiting: set[tuple[str, str]] = set()
        self._joined = threading.Condition()
        self.asked: list[tuple[str, str, str]] = []
        self.host = host
        self._servers: list[socketserver.BaseServer] = []

    def add(self, name: str | dns.name.Name, kind: str, *values: str) -> DnsServer:
        """Records of one kind at a name, in zone file form (`\\027` is the byte ESC)."""
        for value in values:
            rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False)
            self.records[_name(name)][kind].append(rdata)
        return self

    def behave(self, name: str, behaviour: str, kind: str = "ANY") -> DnsServer:
        """From now on questions for a name (of one kind, or of any) meet with one of BEHAVIOURS."""
        assert behaviour in BEHAVIOURS
        self.behaviours[_name(name), kind] = behaviour
        return self

    @property
    def resolver(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __enter__(self) -> DnsServer:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        for _attempt in range(20):
            udp = _Udp(self, family, 0)
            self.port = udp.server_address[1]
            try:
                tcp = _Tcp(self, family, self.port)
            except OSError:  # the port is taken for TCP: another one
                udp.server_close()
                continue
            break
        self._servers = [udp, tcp]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def reply(self, wire: bytes, transport: str) -> bytes | None:
        """The answer to one question, or None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        asked = (question.name.to_text(omit_final_dot=True), kind)
        self.asked.append((*asked, transport))
        behaviour = self.everywhere
        for key in ((question.name, "ANY"), (question.name, kind)):
            behaviour = self.behaviours.get(key, behaviour)
        answer = dns.message.make_response(query, recursion_available=True)
        if behaviour == "lost":
            self.behaviours = {key: each for key, each in self.behaviours.items() if each != "lost"}
        if behaviour in ("silent", "lost") or (behaviour == "no-tcp" and transport == "tcp"):
            return None
        if behaviour == "slow":
            time.sleep(self.slowness_s)
        if behaviour == "together":
            with self._joined:
                self._waiting.add(asked)
                self._joined.notify_all()
                self._joined.wait_for(lambda: len(self._waiting) >= self.at_once, PATIENCE)
        if behaviour == "garbage":
            return wire[:2] + b"\x81\x80" + b"\xff" * 30
        if behaviour in ("nxdomain", "servfail", "refused", "formerr"):
            answer.set_rcode(dns.rcode.from_text(behaviour))
            return answer.to_wire()
        if behaviour in ("truncate", "no-tcp") and transport == "udp":
            answer.flags |= dns.flags.TC
            return answer.to_wire()
        self._fill(answer, question.name, kind)
        return answer.to_wire(max_size=65535 if transport == "tcp" else 512, prefer_truncation=True)

    def _fill(self, answer: dns.message.Message, name: dns.name.Name, kind: str) -> None:
        for _hop in range(8):
            own = self.records.get(name, {})
            if kind in own:
                answer.answer.append(dns.rrset.from_rdata_list(name, 60, own[kind]))
                return
            if "CNAME" not in own:
                break
            answer.answer.append(dns.rrset.from_rdata_list(name, 60, own["CNAME"]))
            name = own["CNAME"][0].target  # type: ignore[attr-defined]
        if not any(other.is_subdomain(name) for other in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        for zone, records in self.records.items():
            if name.is_subdomain(zone) and "SOA" in records:
                answer.authority.append(dns.rrset.from_rdata_list(zone, 60, records["SOA"]))


def _name(name: str | dns.name.Name) -> dns.name.Name:
    return name if isinstance(name, dns.name.Name) else dns.name.from_text(name)


class _UdpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, out = self.request
        reply = self.server.dns.reply(wire, "udp")  # type: ignore[attr-defined]
        if reply is not None:
            out.sendto(reply, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        length = int.from_bytes(self.rfile.read(2), "big")
        if not length:
            return
        reply = self.server.dns.reply(self.rfile.read(length), "tcp")  # type: ignore[attr-defined]
        if reply is None:
            time.sleep(0.05)
        else:
            self.wfile.write(len(reply).to_bytes(2, "big") + reply)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 4096

    def __init__(self, dns: DnsServer, family: int, port: int) -> None:
        self.dns, self.address_family = dns, family
        super().__init__((dns.host, port), _UdpHandler)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, dns: DnsServer, family: int, port: int) -> None:
        self.dns, self.address_family = dns, family
        super().__init__((dns.host, port), _TcpHandler)
