"""Laws of delta sigma(B): weak localization and antilocalization, one a file."""
