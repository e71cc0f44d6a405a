"""The errors of this library: each says where, what came, what was expected and what to do."""


class FramingError(Exception):
    """Base of every error that this library raises on purpose."""


class InputError(FramingError, ValueError):
    """A text, an argument or a record cannot be used as it is."""


class DataError(FramingError, ValueError):
    """A data file breaks its format; the message begins with ``path:line:``."""


class ModelError(FramingError, ValueError):
    """A model folder is damaged, or was made for something else."""


class ModelNotFoundError(FramingError, FileNotFoundError):
    """A model folder, or a file that belongs in it, does not exist."""


class MissingExtraError(FramingError, ImportError):
    """A feature needs packages of an optional extra that is not installed."""
