"""One case: its checklist, and the panels beside it."""
