"""Exit codes of the command line."""

DONE, SOME_FAILED, USAGE = 0, 1, 2
BROKEN = SOME_FAILED  # a dataset that breaks its rules
