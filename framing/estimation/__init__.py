"""Shares of labels in a corpus from predictions and a hand-coded sample; what to code next."""
