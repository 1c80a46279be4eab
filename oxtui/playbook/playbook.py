"""A whole playbook: what cases are pinned to, and what is always today's."""

from collections.abc import Mapping

from msgspec import Struct

from oxtui.playbook.dns_owners import Owners
from oxtui.playbook.model import Procedure
from oxtui.playbook.plans import Plans
from oxtui.playbook.today import Channel, Contact, Decision, FloorNotice, Page, Settings


class Playbook(Struct, frozen=True):
    """The procedure that new cases are pinned to, and the parts that are always today's: prices, channels, settings."""

    procedure: Procedure
    plans: Plans
    channels: Mapping[str, Channel]
    contacts: Mapping[str, Contact]
    decisions: Mapping[str, Decision]
    pages: Mapping[str, Page]
    owners: Owners
    settings: Settings
    notices: tuple[FloorNotice, ...] = ()
    asks_dns: bool = True
    """Whether DNS is queried: only with a dns.yaml that says who owns which hosts."""
