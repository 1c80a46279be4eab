"""What is checked across the parts of a playbook: every name means something, and no guards go in a circle."""
