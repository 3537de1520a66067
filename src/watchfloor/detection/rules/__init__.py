"""Rules that people write over readings: an expression, how long it must hold, and what it would have said before."""
