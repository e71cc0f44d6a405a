"""Prediction; needs neither torch nor transformers."""
