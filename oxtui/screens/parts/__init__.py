"""The parts that several screens of a case share: its conversations, DNS, leaving it, the note on its way out."""
