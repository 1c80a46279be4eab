"""That a playbook cannot go wrong: walks the transitions of `oxtui.cases` over it (rule 15)."""
