"""Labelled articles: formats, splits, loading."""
