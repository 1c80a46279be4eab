"""What is done while a floor's server does not answer: kept on this machine, shown, sent when it is back."""
