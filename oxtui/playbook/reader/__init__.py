"""How the files of a playbook are read: what is declared of them, and the one walk over that."""
