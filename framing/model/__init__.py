"""The network and its training; needs ``framing[train]``."""
