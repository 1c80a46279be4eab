"""Copies text to tmux and to the platform's clipboard, and reads it back."""

from __future__ import annotations

from oxtui.outside.clipboard.board import NOT_CLEARED, Cleared, Clipboard, Copied, Token

__all__ = ["NOT_CLEARED", "Cleared", "Clipboard", "Copied", "Token"]
