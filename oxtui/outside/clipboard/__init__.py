"""Every copy goes through here: to tmux and the platform's clipboard, read back, and told as it was."""

from __future__ import annotations

from oxtui.outside.clipboard.board import Clipboard, Copied
from oxtui.outside.clipboard.routes import Route
from oxtui.outside.clipboard.taking_back import Cleared, Token

__all__ = ["Cleared", "Clipboard", "Copied", "Route", "Token"]
