"""A small playbook that uses every part of the format, and how to break a copy of it at one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FILES = {
    "playbook.yaml": """\
# A playbook for tests.
id: sample
title: Sample escalations
review: "2026-11"
authentication: {methods: [PIN, call back], lapse_minutes: 60}
patterns:
  jira: {pattern: "[A-Z]{2,9}-[0-9]{1,7}", example: HOST-4412}
credentials: pasted
mailbox_fields: {old: on the old service}
conditions:
  paid-yearly: billed-now=yearly or billed-next=yearly
flow:
  - id: moved
    ask: Has the move begun?
    proposes: {evidence: moved}
    answers:
      not-begun: {text: not begun, next: want}
      under-way: {text: under way, outcome: {text: Ask in the chat., wait_for: chat}}
  - id: want
    ask: What does the client want?
    answers:
      back: {text: the old service back, outcome: {scenario: 1}}
      fine: {text: it is fine, outcome: {text: Nothing to do., ending: nothing-to-do}}
none_of_these:
  - {text: Ask an SME., wait_for: sme}
nbs:
  keep-old:
    text: Do not cancel the old service yet.
    short: Do not cancel yet
    lasting: true
    from: order
    when: running=yes
  no-teams: {text: There is no Teams in it., short: No Teams, facts: [N1]}
  still-there: {text: Mail still goes there., short: Still there, evidence: {mx: old}, locks: [cancel]}
rules:
  - id: cancel-last
    text: The old service is never cancelled before mail works
    scenario: 1
    never: cancel
    before: [works]
    newer_than: [order, result]
  - id: no-discount
    text: No discount on monthly billing
    never: discount
    where: billed-now=monthly
  - {id: authenticated, text: Nothing without the client, never: tick, unless: authenticated}
  - {id: copy, text: No copy without the client, never: "copy:back", unless: authenticated}
endings:
  complete: {text: complete, complete: true}
  nothing-to-do: {text: nothing to do, only: no-scenario}
  gone-before: {text: it was gone already, when: not running=yes}
  handed-over: {text: handed over, needs: Who took it over?}
channels:
  chat: {name: The chat, purpose: questions, hours: mon-fri 09:00-17:00}
  sme: {name: SME team, purpose: escalations}
contacts:
  mover: {name: A. Person, team: Platform Support, for: the move back}
decisions:
  D1: {text: Two prices., does: The list counts., money: true, decided_by: "", decided_on: ""}
  D2: {text: Two dates., does: The later one., money: false, decided_by: A. Lead, decided_on: "2026-11-20"}
""",
    "plans.yaml": """\
plans:
  - {id: old-monthly, product: Old, provider: A, term: monthly, price: "6.44"}
  - {id: old-yearly, product: Old, provider: A, term: yearly, price: "70.79"}
  - {id: new-monthly, product: New, provider: A, term: monthly, price: "13.99"}
  - {id: new-yearly, product: New, provider: A, term: yearly, price: "167.88"}
prorata:
  name: Pro-rata
  credit_basis: months_used
  month_counts: completed
  rules:
    - {id: P5, does: credit, text: Old price, say: "We take {discount} off.", say_zero: Nothing to take off.}
    - {id: N2, does: none, text: Monthly has no pro-rata, say: Nothing is credited.}
  covered:
    - {rule: P5, from_provider: any, from_term: yearly, to_provider: any, to_term: yearly}
    - {rule: N2, from_provider: any, from_term: monthly, to_provider: any, to_term: monthly}
  not_covered:
    - id: D8
      text: Mixed billing is not covered.
      say: I ask a colleague.
      pairs:
        - {from_provider: any, from_term: yearly, to_provider: any, to_term: monthly}
        - {from_provider: any, from_term: monthly, to_provider: any, to_term: yearly}
  given_say: "We take {discount} off."
  decisions:
    - {id: D1, nb: Not decided yet (D1)., plans: [new-yearly]}
""",
    "scenarios/1-back.yaml": """\
number: 1
title: Wants it back
article_title: Give it back
summary: [order again, JIRA moves mail]
who: Care with an SME
heard: [want it back]
nbs: [keep-old]
facts: [S1]
steps:
  - id: plan
    title: The plan
    items:
      - id: running
        ask: Is the old service running?
        done: the old service
        proposes: {answer: yes}
        answers: {yes: yes, no: no}
      - id: billed-now
        ask: How is it billed?
        answers: {monthly: monthly, yearly: yearly}
      - id: billed-next
        ask: How is the new one billed?
        proposes: {item: billed-now}
        answers: {monthly: monthly, yearly: yearly}
      - id: licence
        ask: Which licence?
        answers:
          new: {text: New, plan: new, nbs: [no-teams]}
          other: {text: another, asks: Which one?}
  - id: order
    title: Order
    items:
      - id: quote
        do: Work out the discount
        when: paid-yearly
        after: [billed-now, billed-next]
        uses: [billed-now, billed-next, licence, licences]
        quote: {current: old, current_term: billed-now, new: licence, new_term: billed-next}
      - id: order
        do: Place the order
        after: [quote]
        follows: [running]
        acts: true
        reverse: Cancel the order
        howto: ordering
        through: [chat, client console]
      - id: jira
        do: Raise a JIRA
        after: [order, since]
        values:
          jira: {label: JIRA number, pattern: jira, field: jira, required: true}
        templates: [back]
        waits_on: sme
      - id: since
        ask: Since when is mail missing?
        select: dates
      - id: result
        ask: What came back?
        after: [jira]
        uses: [jira]
        each: mailbox
        answers:
          done: done
          returned: {text: returned, asks: Why?}
          not-yet: {text: not yet, open: true}
      - id: again
        do: Send it again
        when: result=returned
        anew: jira
        reopens: [result]
        templates: {back: result=returned}
  - id: finish
    title: Finish
    when: result=done
    items:
      - id: works
        do: Have the client confirm that mail works
        with: client
        each: mailbox
        by_word: false
        fresh_for: 5d
      - id: cancel
        do: Cancel the old service
        nbs: [still-there]
        when: running=yes
        after: [works, result=done]
        irreversible: true
        ends: old
        already: running=no
        leaves: The old service is still running
      - id: note
        do: Leave a note
        optional: true
        link: https://example.com/how-to
""",
    "templates/back.yaml": """\
id: back
title: "TEMPLATE : Back"
to: Platform Support
prechecks: [Client authenticated, running]
cover: ["System Impacted : Mail", "Missing : {since.from} to {since.to}"]
lines:
  - {label: Domain, from: case, ref: domain}
  - {label: Issue, from: fixed, text: Back}
  - {label: Authenticated, from: call, options: ["Yes", "No"]}
  - {label: When did it start, from: item, ref: since.from, kind: date, format: dd/mm/yy}
  - {label: Running, from: item, ref: running, map: {yes: "Yes", no: "No"}}
  - {label: MX, from: evidence, ref: mx}
  - {label: Test email, from: client, kind: choice, options: [received, not received], proposes: running}
  - heading: "Email : password"
  - {label: Email, from: console, kind: secret, text: "{address} : {password}"}
""",
    "reference.yaml": """\
pages:
  ordering: {title: Where to order, lines: [In the console.]}
""",
    "dns.yaml": """\
owners:
  office365: {enabled: true, mx: ["*.mail.protection.outlook.com"]}
""",
    "settings.yaml": """\
theme: oxtui-dark
clipboard_clear_seconds: "45"
keymap: {case.undo: "u,ctrl+z"}
""",
}


def write(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """The sample in `folder`, with `files` in the place of its own; an empty text stands for no file."""
    for name, text in {**FILES, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text == "":
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def changed(file: str, old: str, new: str) -> str:
    """The text of `file` with the one `old` replaced; a test that no longer fits the sample fails here."""
    text = FILES[file]
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    return text.replace(old, new)


def line_of(text: str, mark: str) -> int:
    """The line (from 1) of the first `mark` in `text`."""
    return text[: text.index(mark)].count("\n") + 1
