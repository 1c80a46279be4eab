"""Conversations as the oracle reads them: whose, in what, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.service.walker.values import LAPSE, SKEW, Conversation, Row, moment


class Talks:
    """The conversations of a case, by agent, and the authentications that were not taken back."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.auths: list[str] = []
        self.acted: set[tuple[int, str]] = set()
        """What was ever ticked, though it may have been undone since."""

    def live(self, agent: str, at: datetime) -> str:
        """Why an agent has no live conversation of their own at a moment, or ""."""
        talk = self.conversations.get(agent)
        if talk is None:
            return f"{agent} began none in this case"
        if talk.ended:
            return f"{agent}'s {talk.mode} conversation {talk.ended}"
        if talk.parked:
            return f"{agent}'s conversation is parked"
        if max(talk.began, talk.last) > at + SKEW:
            return f"{agent}'s conversation is from the future"
        if at - talk.last >= LAPSE:
            return f"{agent}'s conversation has lapsed: its last event is of {talk.last}"
        if talk.mode == "back-office" and not self.auths:
            return "back office without an authentication that was not taken back"
        return ""

    def pass_by(self, row: Row) -> None:
        """Read of an event only that it was written: conversations go on with it, or have lapsed before it."""
        at, seq = moment(row["at"]), int(row["seq"])
        if row["what"] == "ticked":
            self.acted.add((int(row["data"]["scenario"]), str(row["data"]["item"])))
        for owner, talk in self.conversations.items():
            if talk.ended:
                continue
            if at - talk.last >= LAPSE:
                talk.ended = f"lapsed before {seq}"
            elif owner == row["agent"] and talk.last > at + SKEW:
                talk.ended = f"was from the future at {seq}"
            elif owner == row["agent"]:
                talk.last = at

    def _auth(self, agent: str) -> str:
        """The authentication that an agent's marks rest on: their own call's, else the last when they began."""
        talk = self.conversations.get(agent)
        own = talk.auth if talk and not talk.ended else ""
        return own if own in self.auths else self.auths[-1] if self.auths else ""

    # -- events
    def _call(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        mode = str(data["mode"])
        written = moment(data["written_at"]) if mode == "writing" else None
        before = self.conversations.get(agent)
        if before is not None and mode == before.mode == "client" and not before.ended:
            self._same_call(before.call, str(row["id"]))
        if mode != "back-office":
            self.auths.append(row["id"])
        auth = self.auths[-1] if self.auths else ""
        self.conversations[agent] = Conversation(row["id"], mode, at, at, auth, written)

    def _same_call(self, call: str, later: str) -> None:
        """How the client was authenticated is said later in the same call: it is one authentication."""
        self.auths = [auth for auth in self.auths if auth != call]

    def _still_there(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        if agent in self.conversations:
            self.conversations[agent].parked = False

    def _parked(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        if agent in self.conversations:
            self.conversations[agent].parked = True

    def _end(self, agent: str, how: str) -> None:
        talk = self.conversations.get(agent)
        if talk is not None and not talk.ended:
            talk.ended = how

    def _call_ended(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self._end(agent, "has ended")

    def _auth_failed(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self._end(agent, "is with a client who could not be authenticated")

    def _everybody_off(self, how: str) -> None:
        for agent in self.conversations:
            self._end(agent, how)
