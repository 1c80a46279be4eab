"""Questions over a screen: a choice, a line of text, a password, a note."""
