"""Does not compile."""
