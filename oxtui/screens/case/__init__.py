"""One case: its checklist, and what is shown beside it."""
