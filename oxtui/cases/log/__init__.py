"""From the log of a case to the case: reading it, checking it, replaying it."""
