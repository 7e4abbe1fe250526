"""Decays at several temperatures: put together for a joint fit, turned into rates against M, collapsed by Maley's method."""
