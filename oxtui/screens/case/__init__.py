"""One case: its checklist, and what stands beside it."""
