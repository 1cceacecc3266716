"""What the first tables promise about their rows, by subject."""
