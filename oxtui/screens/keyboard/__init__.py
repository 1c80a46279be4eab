"""Keys: the floor's own, those typed ahead, and those meant for another window."""
