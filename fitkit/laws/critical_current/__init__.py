"""Laws of a series of critical currents, n-values and pinning forces against temperature and field, one a file."""
