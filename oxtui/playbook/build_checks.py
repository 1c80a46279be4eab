"""Where a part of a procedure is in the data that it was made of."""

from oxtui.playbook.build import place_of

__all__ = ["place_of"]
