"""`oxtui dns`: whose mail and name servers a domain has."""

from __future__ import annotations

from argparse import ArgumentParser

from oxtui.cli.context import Context
from oxtui.errors import Negative, WrongUse


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("domain", metavar="DOMAIN", help="a domain, a mail address or a URL")
    parser.add_argument("--resolver", metavar="HOST[:PORT]", help="resolver (default: settings, else the system's)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Print the evidence; raises Negative if the domain does not exist or no resolver answers, WrongUse."""
    from oxtui.addresses import domain_of
    from oxtui.outside.dns import lookup

    options = context.options
    domain_of(options.domain)  # refuse an impossible domain before anything is loaded
    playbook = context.playbook()
    if not playbook.asks_dns:
        raise WrongUse("nothing is asked of DNS in this playbook", "it has no dns.yaml, or is not about a domain")
    evidence = lookup(
        options.domain,
        resolver=options.resolver or playbook.settings.resolver or None,
        owners=playbook.owners,
        clock=context.clock(),
        timeout_s=playbook.settings.dns_timeout_seconds,
    )
    if options.json:
        context.out.json(evidence.to_contract())
        return 1 if evidence.error else 0
    for line in evidence.summary(context.clock()):
        context.out.line(line)
    if evidence.error:
        raise Negative(f"{evidence.domain}: {evidence.error}")
    return 0
