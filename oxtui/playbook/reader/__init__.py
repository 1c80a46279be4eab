"""The files of a playbook: their declarations, YAML, and how it becomes the model."""
