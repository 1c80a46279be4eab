"""The cases of one machine: open ones in a TinyDB file, closed ones in SQLite."""
