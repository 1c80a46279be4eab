"""The words that belong to the shipped article: its products, systems and teams, and the numbers of its facts."""

from __future__ import annotations

import re

WORDS = re.compile(
    r"""
    \bOX\b (?: [ -]? mail )? | \bOX-?Mail\b | \bO365\b | \bM365\b | \bMS365\b | \bOffice[ -]?365\b
    | \bMicrosoft[ ](?!Clipboard) | \bOutlook\b | \bEssentials\b | \bDeluxe\b | \bBusiness[ ]Basic\b
    | \bSPAM-?Experts\b | \bSalesDB\b | \bPlatform[ ]Support\b | \bMatt[ ]Brown\b | \bConfirm[ ]All\b
    | protection\.outlook\.com | \bmx\.microsoft\b
    | AU\$ | \bess[ ]y\b | \bbasic[ ]m\b | \bemails?[ ]are[ ]missing\b
    | \( [DGNPST] \d{1,2} (?: \.\d+ )? \)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def shipped_words(text: str) -> list[str]:
    """Those of them that stand in `text`, each once, in their order."""
    return list(dict.fromkeys(match[0].strip() for match in WORDS.finditer(text)))


FLOOR = re.compile(
    r"\bSalesforce\b|\bJIRA\b|\bSMEs?\b|\bmail ?box(?:es)?\b|\bthe console\b|\blicences?\b|\bpro-rata\b"
    r"|\bcancel\w*|\bdomains?\b|\bDNS\b",
    re.IGNORECASE,
)
"""The words that the shipped playbook has for what its cases are about, for its floor and for what it ends."""
