"""The first screen: the open cases, and whose they are."""
