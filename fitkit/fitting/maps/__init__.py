"""Maps: one law fitted to thousands or millions of curves, with errors and verdicts for each."""
