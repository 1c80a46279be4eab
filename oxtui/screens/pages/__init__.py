"""What is looked up or worked out beside a case: history, reference, templates, calculator, help."""
