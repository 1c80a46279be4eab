"""The shipped playbook is proved; without one of its edges, or without freshness, the way round is found in words."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from oxtui.cases import effects, moves
from oxtui.cases.board import Effects
from oxtui.playbook.conditions import parse_condition
from oxtui.playbook.model import Item, Procedure
from oxtui.prover.limits import Limits
from oxtui.prover.promises import Seen
from oxtui.prover.rules import RuleResult, settled
from tests.prover.bigger_playbooks import edited, proof, shipped

PROMISED = {"conversation", "client", "two-steps", "firm", "applies", "waits", "another", "locks", "each"}


def without(*names: str) -> Callable[[Item], Item]:
    """Take the entries that name these items out of an item's `after`."""
    return lambda item: replace(item, after=tuple(each for each in item.after if not set(names) & set(each.items())))


def ruled(procedure: Procedure, name: str) -> RuleResult:
    rule = next(each for each in procedure.rules if each.id == name)
    return settled(procedure, rule, Seen(), Limits(120), time.monotonic() + 120)


def tail(result: RuleResult, last: int) -> tuple[str, ...]:
    return result.way[-last:]


def test_it_is_proved() -> None:
    assert proof().problems == () and proof().unproved == ()
    assert [each.id for each in proof().rules] == [each.id for each in shipped().rules]
    assert all(each.holds is True and each.states and not each.way for each in proof().rules)
    assert {each.id for each in proof().promises if each.holds} == PROMISED
    assert sum(each.states for each in proof().rules) < 5_000


def test_what_cannot_be_complete_is_told() -> None:
    notes = "\n".join(proof().notes)
    assert '"Is the order completed?": refused leads on by' in notes
    assert "old mail lost, and the client knows: it is answered anew, or the case ends as done, old mail lost" in notes


def test_an_order_changed_late_is_not_swallowed_by_completed() -> None:
    """Without the edge `still so` on what lies between has OX-Mail cancelled on an old word of the client."""
    result = ruled(edited(2, "client-confirms", without("order-completed")), "ox-mail-after-client")
    assert result.holds is False
    by_id = shipped().scenarios[2].by_id
    completed, dns, devices, last = (
        by_id[name].text for name in ("order-completed", "dns-office-365", "devices", "cancel-ox-mail")
    )
    *_, lost, again, one, two, cancelled, older = result.way
    assert lost.startswith(f'answer "{completed}": ') and again == f'answer "{completed}": completed'
    assert sorted((one, two)) == sorted((f'say again "{dns}": yes', f'say again "{devices}": connected'))
    assert cancelled == f'confirm in its two steps "{last}"'
    assert older.startswith("then ") and " is older than what changed in " in older
    assert len(result.way) <= 24


@pytest.mark.parametrize("name", ["devices", "dns-office-365"])
def test_each_edge_of_the_clients_word_is_needed(name: str) -> None:
    result = ruled(edited(2, "client-confirms", without(name)), "ox-mail-after-client")
    assert result.holds is False, result.unproved
    text = shipped().scenarios[2].by_id[name].text
    assert any(f'"{text}"' in words for words in result.way)


def test_a_cancellation_that_does_not_wait_is_found() -> None:
    procedure = edited(2, "cancel-ox-mail", without("client-confirms"))
    result = ruled(procedure, "ox-mail-after-client")
    text = shipped().scenarios[2].by_id["client-confirms"].text
    assert result.holds is False
    assert not any(words.startswith(f'answer "{text}"') and words.endswith(": works") for words in result.way)


def test_an_nb_that_does_not_lock_is_found() -> None:
    procedure = shipped()
    toothless = {name: replace(nb, locks=()) for name, nb in procedure.nbs.items()}
    result = ruled(replace(procedure, nbs=toothless), "ox-mail-while-mx")
    text = procedure.scenarios[2].by_id["mx"].text
    assert result.holds is False and any(words == f'answer "{text}": OX-Mail' for words in result.way)


def test_a_where_that_is_wider_than_the_guard_is_found() -> None:
    """Taken back and done again, an order is a new one: the discount has to be there whenever the rule says so."""
    procedure = edited(
        1, "quote", lambda item: replace(item, when=parse_condition("billed-now=yearly and licence=business-basic"))
    )
    result = ruled(procedure, "order-after-quote-1")
    assert result.holds is False
    assert 'answer "Which licence does the client want?": Email Deluxe' in result.way


def test_a_discount_on_monthly_billing_is_found_where_the_quote_does_not_use_the_billing() -> None:
    def loose(item: Item) -> Item:
        uses = tuple(name for name in item.uses if name != "billed-now")
        after = tuple(each for each in item.after if "billed-now" not in each.items())
        return replace(item, when=parse_condition("billed-next=yearly"), uses=uses, after=after)

    result = ruled(edited(1, "quote", loose), "no-discount-monthly")
    assert result.holds is False and any("with a discount" in words for words in result.way)


@pytest.mark.parametrize(("name", "most"), [("ox-mail-after-client", 23), ("essentials-after-swap", 16)])
def test_without_freshness_the_shortest_way_round_is_found(
    name: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = effects.consequences

    def stale_nothing(*args: object, **options: object) -> Effects:
        found = real(*args, **options)  # type: ignore[arg-type]
        return Effects(found.ended, (), found.asked, found.renewed)

    monkeypatch.setattr(effects, "consequences", stale_nothing)
    monkeypatch.setattr(moves, "consequences", stale_nothing)
    result = ruled(shipped(), name)
    assert result.holds is False and " is older than what changed in " in result.way[-1]
    assert len(result.way) <= most
