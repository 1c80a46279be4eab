"""How the keys of a file are declared, and how what is written is read over them."""
