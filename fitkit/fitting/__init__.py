"""The fit: problem, start, solution, errors, verdicts, result."""
