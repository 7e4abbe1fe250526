"""Laws of fitted quantities against temperature, one a file."""
