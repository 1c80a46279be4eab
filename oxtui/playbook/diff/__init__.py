"""What a change of a playbook means, in plain words."""
