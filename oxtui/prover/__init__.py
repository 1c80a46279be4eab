"""Proves a playbook by walking the transitions of `oxtui.cases` over it (rule 15)."""
