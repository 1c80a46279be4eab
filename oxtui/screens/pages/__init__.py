"""The pages beside a case: history, reference, templates, calculator, help."""
