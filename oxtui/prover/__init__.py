"""That a playbook cannot go wrong: walks the transitions of `oxtui.cases` over it (DESIGN, rule 15)."""
