"""What keys mean: the floor's own ones, those typed ahead, and those that were meant for another window."""
