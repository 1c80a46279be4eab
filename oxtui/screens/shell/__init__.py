"""Behind every screen: clipboard, palette, terminal, drafts, and what changes in the home."""
