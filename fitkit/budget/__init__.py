"""What the error of a fitted decay is made of: statistics, clock, background, temperature, instrument, law."""
