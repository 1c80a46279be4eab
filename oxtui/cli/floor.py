"""`oxtui floor`: the server on which many agents share their cases."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser
from collections.abc import Callable
from importlib import import_module
from typing import Final

from oxtui.cli.context import Context
from oxtui.cli.parser import Parser, add_places, whole_number

_VERBS: Final = {
    "init": ("floor_server", "make schema and roles, or bring them up to date; for the server's operator"),
    "agent": ("floor_agents", "let an agent in, put one out at once, or follow a list; for the server's operator"),
    "status": ("floor_server", "who is there, what is in force, what is open"),
    "purge": ("floor_server", "remove cases closed long ago; for the purge role, once a day"),
    "publish": ("floor_playbook", "put a playbook in force for all agents; for leads"),
    "rollback": ("floor_playbook", "put the playbook of before in force again; for leads"),
    "confirm": ("floor_playbook", "put in force what another lead has published with you as the second; for leads"),
    "import": ("floor_cases", "bring the open cases of this home to the floor"),
    "export": ("floor_cases", "all cases of the floor as JSON lines; for leads"),
    "subject": ("floor_cases", "all that the floor has of a domain, as JSON; or a legal hold on it"),
    "events": ("floor_server", "logins, publishing, cases assigned, ended or purged, as JSON lines; for security"),
}


def arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb", parser_class=Parser)
    of = {verb: verbs.add_parser(verb, help=words, description=words) for verb, (_, words) in _VERBS.items()}
    for each in of.values():
        add_places(each, SUPPRESS)
    add = of["init"].add_argument
    add("service", metavar="SERVICE", help="libpq's service or connection string of an operator")
    add("--dry-run", action="store_true", help="say what would be done, and change nothing")
    add("--from", dest="since", metavar="DATE", help="programs two versions behind only read from then on")
    add("--subnet", default="10.0.0.0/8", metavar="CIDR", help="where agents come from")
    add = of["agent"].add_argument
    add("what", choices=("add", "disable", "sync"), help="let in, put out, or follow a list")
    add("name", metavar="NAME", help="the agent's role, and name in every log; sync: a file, a name a line")
    add("--lead", action="store_true", help="one who publishes playbooks and reads reports")
    add("--password", action="store_true", help="asks for one, where the server knows agents by that")
    add("--dry-run", action="store_true", help="sync: say who would be added and disabled")
    of["status"].add_argument("--json", action="store_true", help="as JSON")
    days, add = whole_number("days", 1, 36_500), of["purge"].add_argument
    add("--older", metavar="DAYS", type=days, default=365, help="closed cases")
    add("--reads", metavar="DAYS", type=days, default=730, help="read audit")
    add = of["publish"].add_argument
    add("folder", metavar="DIR", nargs="?", help="the playbook (else --config, OXTUI_CONFIG)")
    add("--second", metavar="NAME", default="", help="another lead, who has to confirm it")
    add("--dry-run", action="store_true", help="say what changes, and publish nothing")
    add = of["rollback"].add_argument
    add("digest", metavar="DIGEST", nargs="?", default="", help="which one (else the one before)")
    add("--second", metavar="NAME", default="", help="another lead, who has to confirm it")
    of["confirm"].add_argument("--dry-run", action="store_true", help="say what changes, and confirm nothing")
    of["subject"].add_argument("domain", metavar="DOMAIN", help="a client's domain")
    add = of["subject"].add_mutually_exclusive_group().add_argument
    add("--hold", metavar="REASON", default="", help="a legal hold: nothing of it is purged; for leads")
    add("--release", action="store_true", help="end the legal hold; for leads")
    of["events"].add_argument("--since", metavar="DATE", help="from that day on, UTC (else all that is kept)")


def run(context: Context) -> int:
    """Run the verb's function, `{verb}_` of its module."""
    verb = context.options.verb
    work: Callable[[Context], int] = getattr(import_module(f"oxtui.cli.{_VERBS[verb][0]}"), f"{verb}_")
    return work(context)
