"""oxtui: the care floor's guide through the OX-Mail migration escalations."""

__version__ = "0.2.0.dev0"
