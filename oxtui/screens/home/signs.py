"""Who is at which case now: who is on the line, and who has it in front of them."""

from __future__ import annotations

from oxtui.cases.parts import Talk
from oxtui.screens.host import AppHost
from oxtui.service import Service


def signs(host: AppHost, service: Service) -> dict[str, tuple[str, str]]:
    """By case, a word that stands beside it on Home, and its role."""
    found: dict[str, tuple[str, str]] = {}
    for case_id, (_, talks) in host.talks.items():
        words = [_talk_words(service, talk) for talk in talks if talk.mode != "back-office"]
        mine = any(talk.event.agent == service.agent and not talk.parked for talk in talks)
        if words:
            found[case_id] = (", ".join(words), "done" if mine else "due")
    for case_id, names in host.sharing.signs().items() if host.sharing else ():
        said, role = found.get(case_id, ("", "accent"))
        names = [name for name in names if f"{name} " not in f"{said} "]  # who is on the line is in it
        if names:
            is_in = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} in it"
            found[case_id] = (f"{is_in}, {said}" if said else is_in, role)
    return found


def _talk_words(service: Service, talk: Talk) -> str:
    agent = "" if talk.event.agent == service.agent else f"{talk.event.agent} "
    at = service.clock.when(talk.event.at)
    if talk.parked:
        return f"{agent}parked {at}"
    return f"{agent}{'on the line' if talk.mode == 'client' else 'in writing'} {at}"
