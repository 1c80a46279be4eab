"""What is written of cases: the wrap-up note, the handover, the text for the client, reports for a lead."""
