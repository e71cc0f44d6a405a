"""Comparing predictions with gold labels."""
