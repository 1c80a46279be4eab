"""What somebody wants done to a case, a file for each kind of thing: every command gives events."""
