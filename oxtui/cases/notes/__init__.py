"""Texts written from cases: the wrap-up note, the handover, the text for the client, reports for a lead."""
