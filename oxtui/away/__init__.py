"""Work while a floor's server does not answer: saved on this machine, shown, and sent when the server is back."""
