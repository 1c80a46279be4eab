"""The questions that decide the scenario, and where their answers lead."""
