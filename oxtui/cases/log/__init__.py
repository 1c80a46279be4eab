"""Reading, checking and replaying the log of a case."""
