"""A service that classifies handwritten digits."""
