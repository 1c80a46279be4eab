"""A playbook as an article that its owner reads and signs."""
