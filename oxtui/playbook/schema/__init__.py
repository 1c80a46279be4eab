"""Declarations of a file's keys, and the reader that follows them."""
