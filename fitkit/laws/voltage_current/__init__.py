"""Laws of V(I): voltage against current, one a file."""
