"""Describe in plain words how two playbooks differ."""
