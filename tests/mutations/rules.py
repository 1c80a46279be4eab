"""The fifteen rules of what makes "done" true, taken out of the core one at a time, and the tests that must fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.mutations.mutation import Mutation, with_body, without

CASES: Final = "oxtui/cases/"
GUARD: Final = CASES + "guard.py"
MARKS, KILLERS, SCENARIOS, MAILBOXES, DETAILS, COPIES, CLOSING = (
    f"{CASES}commands/{name}.py"
    for name in ("marks", "killers", "scenarios", "mailboxes", "details", "copies", "closing")
)
EFFECTS, STATUS, REPLAY, STATE = (CASES + f"{name}.py" for name in ("effects", "status", "log/replay", "log/state"))
READING: Final = CASES + "log/reading.py"
SERVICE: Final = "oxtui/service.py"

BODIES: Final[tuple[tuple[int, str, str, str, str, str], ...]] = (
    # rule, what is taken out, file, function, what it does instead, the tests that must fail
    (1, "what was told with an answer is part of its value", CASES + "board.py", "Mark.same",
     "return (self.value, self.skipped) == (other.value, other.skipped)",
     "typed::test_what_is_told_with_an_answer_is_part_of_it"),
    (1, "what was typed is corrected", STATE, "Replay.on_corrected", "return",
     "typed::test_a_number_typed_wrong_is_corrected_and_nothing_is_lost"),
    (2, "address by address", EFFECTS, "_Consequences._keys",
     "return [(name, box) for box in self.board.of(name)]",
     "mailboxes::test_what_becomes_of_one_mailbox_is_no_matter_of_the_others"),
    (3, "what rests on a lost value is stale", EFFECTS, "_Consequences._spread", "return",
     "forbidden_ways::test_answered_there_and_back_without_the_repair_the_word_is_asked_again_too "
     "corrections::test_the_two_ways_of_a_licence_answered_otherwise_event_by_event"),
    (3, "doubt passes on", STATUS, "Standing.all_met", "return True",
     "contradictions::test_it_is_a_lost_value_only_once_an_agent_answers_otherwise"),
    (3, "done anew takes the results back", EFFECTS, "_Consequences._anew", "return",
     "corrections::test_the_two_ways_of_a_licence_answered_otherwise_event_by_event"),
    (3, "what stops applying is lost", EFFECTS, "_Consequences._stopped", "return",
     "service::test_an_answer_that_ends_an_effect_asks_what_became_of_it"),
    (3, "undo puts back", READING, "Reading.put_back", "return True",
     "undo_random::test_marks_undone_one_after_another_leave_all_as_it_was"),
    (3, "what a colleague marked since counts", REPLAY, "_is_touched", "return False",
     "undo::test_a_colleagues_mark_counts_as_later_where_it_touches_what_was_changed"),
    (3, "a witness grows old", CASES + "ages.py", "too_old", "return {}",
     "forbidden_ways::test_the_clients_word_grows_old words::test_a_colleagues_word_counts_from_when_it_was_told"),
    (3, "what waits for a time", STATUS, "Standing.too_early", "return ()",
     "name_release::test_an_item_waits_until_its_time_is_over "
     "name_release::test_an_answer_for_silence_is_offered_once_the_time_is_over_in_the_channels_hours"),
    (3, "today's prices", REPLAY, "_priced", "return {}",
     "service::test_a_new_price_makes_the_quote_stale_until_the_order_is_placed"),
    (3, "typing the former value at once", MARKS, "AnswerIt._typed_back", 'return ""',
     "typed::test_typing_the_former_value_at_once_is_an_undo"),
    (4, "a witness is marked with its ceremony each time", GUARD, "needs_ceremony", "return False",
     "killers::test_a_witness_is_not_answered_well_past_what_it_waits_for_and_badly_at_any_time"),
    (5, "only the ways that fit", GUARD, "may_settle", "return",
     "mailboxes::test_one_more_is_ordered_the_quote_first_and_then_the_order"),
    (5, "what is left with a scenario is asked about", SCENARIOS, "_left_behind", "return {}",
     "gate::test_leaving_with_the_scenario_does_not_leave_what_was_done_outside"),
    (5, "the order fixes the licences", CASES + "moves.py", "_has_order", "return False",
     "mailboxes::test_a_mailbox_that_comes_after_the_order_is_asked_about_and_locks"),
    (6, "evidence contradicts", CASES + "contradictions.py", "contradicted_marks", "return ()",
     "forbidden_ways::test_newer_evidence_opens_the_answer_it_contradicts"),
    (6, "what is put back meets the evidence since", CASES + "contradictions.py", "contradicted_by_undo", "return {}",
     "undo::test_what_dns_said_in_between_counts_against_what_is_put_back"),
    (7, "a mailbox leaves with a reason", MAILBOXES, "needs_reason", "return False",
     "mailboxes::test_what_may_still_be_served_leaves_with_a_reason_only"),
    (7, "another domain takes all into question", DETAILS, "may_be_mistyped", "return True",
     "forbidden_ways::test_a_changed_domain_takes_everything_into_question"),
    (9, "it was cleared first, and stands", GUARD, "may_cancel", "return",
     "killers::test_a_case_that_is_cleared_says_so_in_every_pane_until_it_is_answered"),
    (9, "nothing changed since it was cleared", KILLERS, "_newer", "return False",
     "killers::test_the_second_step_is_refused_for_what_changed_and_offers_that_it_was_cancelled"),
    (10, "decided on what was seen", CASES + "commands/base.py", "Sent.check_seen", "return",
     "seen::test_what_a_colleague_changed_of_what_was_seen_is_a_conflict"),
    (10, "one's own key hides nothing", CASES + "commands/base.py", "Sent.made", "return True",
     "seen::test_what_a_colleague_changed_of_what_was_seen_is_a_conflict"),
    (10, "what a cancellation rests on does not wait", CASES + "offline.py", "may_keep", "return",
     "away::test_what_a_cancellation_rests_on_waits_for_the_floor"),
    (10, "what waited is decided as at its key", SERVICE, "Service._as_of", "return self.reader.case(document)",
     "away::test_the_conversation_counts_as_it_was_at_the_time_of_the_key"),
    (10, "what came too late is told", "oxtui/away/outbox.py", "FloorOutbox._came_too_late",
     "self._entries.remove(entry)",
     "away::test_server_order_wins_and_what_came_too_late_is_a_line_that_counts_for_nothing"),
    (11, "a call is taken back as one", STATE, "Replay._says_how", "return",
     "gate::test_how_the_client_was_authenticated_is_said_of_the_same_call_and_taken_back_with_it"),
    (11, "a conversation lapses", CASES + "reader.py", "Reader.lapsed", "return False",
     "time::test_the_time_counts_from_the_last_event_of_the_conversation"),
    (11, "one conversation at a time", SERVICE, "Service._one_conversation", "return",
     "forbidden_ways::test_an_agent_has_one_call_and_is_asked_what_becomes_of_the_other"),
    (11, "nothing is done without one", GUARD, "need_conversation", "return",
     "gate::test_without_a_conversation_nothing_is_ticked_answered_skipped_or_copied"),
    (11, "with the client means with the client", GUARD, "need_client", "need_conversation(conversation)",
     "gate::test_with_the_client_means_with_the_client"),
    (13, "a second person is another one", GUARD, "did_before", "return None",
     "refund::test_what_is_for_another_agent_is_refused_to_who_did_it_and_taken_from_a_colleague"),
    (3, "days that pass are looked at again", REPLAY, "_counted_anew", "return {}",
     "refund::test_a_day_is_read_as_of_its_answer_and_looked_at_again_once_that_says_otherwise"),
    (3, "a day that reads otherwise is lost", EFFECTS, "_Consequences._reads_alike", "return True",
     "refund::test_a_day_is_read_as_of_its_answer_and_looked_at_again_once_that_says_otherwise"),
    (13, "never complete where an answer leads elsewhere", CASES + "leading.py", "leads_to_scenario", "return 0",
     "refund::test_an_answer_leads_to_another_scenario"),
    (12, "a copy passes the guard", COPIES, "may_copy",
     "item = item_for_template(case, template)\nassert item\nreturn item",
     "forbidden_ways::test_nothing_is_copied_once_the_time_is_over"),
    (13, "nothing said otherwise since a word", MARKS, "_says_otherwise", "return False",
     "what_really_happened::test_an_older_word_does_not_count_against_what_was_seen_or_mended_since"),
    (13, "nothing newer than a word", MARKS, "_nothing_newer", "return",
     "words::test_it_is_refused_where_what_it_rests_on_was_marked_after_that "
     "words::test_what_the_client_wrote_is_refused_where_something_newer_stands_below_it"),
    (13, "never complete while something is open", CLOSING, "_refused_complete", "return None",
     "killers::test_it_never_closes_as_complete_without_the_witnesses"),
    (14, "what is reported is seen here again", CASES + "transfer.py", "_reported", "return Effects()",
     "reported::test_what_a_cancellation_rests_on_is_seen_here_again_and_nothing_else"),
    (14, "what a move spoils", SCENARIOS, "_spoiled_by_move", "return Effects()",
     "forbidden_ways::test_a_question_that_became_an_action_does_not_count_as_done"),
    (15, "what goes without freshness is found", EFFECTS, "_Consequences._spread", "return",
     "mutations/test_proof::test_the_rules_of_the_cancellations_hold"),
    (15, "the oracle looks", "oxtui/prover/oracle.py", "Wanted.broken", "return False",
     "mutations/test_proof::test_without_an_edge_the_way_round_is_found_in_words"),
)  # fmt: skip

PIECES: Final[tuple[tuple[int, str, str, tuple[str, str], str], ...]] = (
    (2, "an order of work is kept", STATUS,
     ("            and all(self.used(name, mailbox) for name in item.follows)\n", ""),
     "service::test_an_order_of_work_is_kept_and_nothing_rests_on_it"),
    (3, "an action is done anew by another item", EFFECTS, ("        if item.anew:\n", "        if False:\n"),
     "service::test_what_is_placed_again_is_placed_on_the_new_terms"),
    (3, "undo does not reach past what made all stale", REPLAY,
     ('if event.what in ("revoked", "moved", "imported") or (', "if False and ("),
     "undo::test_it_does_not_reach_past_what_made_everything_stale"),
    (3, "undo minds what a colleague made stale", REPLAY, ("if made & changed or any(", "if any("),
     "undo::test_what_a_colleague_made_stale_meanwhile_does_not_stand_again"),
    (5, "a choice of scenario in which others went on is not undone", REPLAY,
     ('in ("mailboxes", "scenario") and since', 'in ("mailboxes",) and since'),
     "undo::test_a_scenario_in_which_a_colleague_went_on_is_changed_and_not_undone"),
    (5, "a late mailbox is asked about where the order is kept", SCENARIOS,
     ('data["uncovered"] = {str(self.scenario): list(case.uncovered)}', 'data["uncovered"] = {}'),
     "mailboxes::test_whether_its_licences_cover_a_late_mailbox_goes_with_the_order"),
    (5, "an act on lost terms is asked about", EFFECTS,
     ("if item.acts and name in item.uses and not mark.skipped:", "if False:"),
     "forbidden_ways::test_an_order_for_another_licence_is_out_there"),
    (9, "time does not refuse the second step", KILLERS, ("timeless.position()", "case.position()"),
     "forbidden_ways::test_neither_age_nor_a_lapse_refuses_the_second_step"),
    (6, "what was on the screen", MARKS, ("seen_by(case, seen)", "case.situation.evidence"),
     "seen::test_evidence_is_never_a_conflict_the_guard_handles_it"),
    (7, "no mailbox, no cancellation", STATUS, ("and not self.situation.mailboxes:", "and False:"),
     "mailboxes::test_without_a_mailbox_the_cancellation_is_locked_whatever_it_waits_for"),
    (7, "what is left out and still served locks", STATUS,
     ("if item.ends and item.ends in", "if False and item.ends in"),
     "mailboxes::test_only_what_is_not_part_of_the_move_locks_while_it_is_served"),
    (8, "NBs lock", STATUS, ("if item.id in nb.locks and self.in_force(nb) is not False", "if False"),
     "forbidden_ways::test_mx_at_ox_mail_locks_the_cancellation"),
    (9, "a cancellation that is done is a fact", STATUS,
     ("if mark is not None and item.killer:\n", "if False:\n"),
     "gate::test_once_it_is_cancelled_that_is_a_fact_and_what_is_learnt_opens_its_own_items"),
    (9, "another agent's second step is by word", KILLERS,
     ("if cleared is not None and cleared.agent != case.agent:", "if False:"),
     "killers::test_another_agents_second_step_counts_as_by_word_of_the_clearer"),
    (10, "sent twice, written once", SERVICE,
     ('if any(event["id"] == sent.id for event in document["log"]):', "if False:"),
     "edges::test_what_was_written_is_not_decided_again_though_it_would_be_refused_now"),
    (11, "a conversation is its agent's", REPLAY,
     ("talk = state.talks.get(agent)", "talk = next(iter(state.talks.values()), None)"),
     "forbidden_ways::test_nobody_ticks_in_somebody_elses_call"),
    (11, "a parked call does nothing", GUARD, ("and not self.lapsed and not self.parked", "and not self.lapsed"),
     "time::test_a_parked_call_lapses_and_nothing_is_done_in_it"),
    (11, "what is written later revives none", READING,
     ("talk.last <= event.at < talk.lapses_at", "talk.last <= event.at"),
     "forbidden_ways::test_what_is_written_after_the_time_is_over_revives_no_conversation"),
    (12, "only what was begun is recorded as copied", COPIES,
     ('if begun is None or begun.what != "copying":', "if begun is None:"),
     "refusals::test_only_what_was_begun_is_recorded_as_copied_and_only_once"),
    (13, "a word of tomorrow", MARKS, ("    if at > case.now:\n", "    if False:\n"),
     "words::test_it_never_counts_from_after_now"),
    (13, "what has to be seen by oneself", MARKS, ("    if not item.by_word:\n", "    if False:\n"),
     "words::test_what_has_to_be_seen_by_oneself_takes_no_word"),
)  # fmt: skip


def mutations() -> Iterator[tuple[int, Mutation]]:
    """Every one with its rule; raises AssertionError where the core has no such place any more."""
    for rule, what, file, function, body, tests in BODIES:
        yield rule, Mutation(f"rule {rule}: {what}", file, with_body(file, function, body), _named(tests))
    for rule, what, file, change, tests in PIECES:
        yield rule, Mutation(f"rule {rule}: {what}", file, without(file, change), _named(tests))


def _named(tests: str) -> tuple[str, ...]:
    names = [each.partition("::") for each in tests.split()]
    return tuple(f"{file if '/' in file else f'service/test_{file}'}.py::{test}" for file, _, test in names)
