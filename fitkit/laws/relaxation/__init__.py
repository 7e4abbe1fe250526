"""Laws of M(t): magnetic relaxation, one a file."""
