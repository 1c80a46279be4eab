"""What stands behind every screen: clipboard, palette, terminal, top bar, and what changes in the home."""
