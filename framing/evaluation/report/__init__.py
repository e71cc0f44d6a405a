"""An evaluation as one self-contained page: figures, curves, groups and an error browser."""
