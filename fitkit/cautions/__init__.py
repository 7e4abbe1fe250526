"""What several laws say of the data or of a fit, in words."""
