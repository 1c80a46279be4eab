"""Checks across the parts of a playbook: names resolve, guards have no circles."""
