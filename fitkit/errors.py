"""The one error class of fitkit."""


class FitkitError(ValueError):
    """Bad input or a wrong call; the text says where, what was wanted, what was found and what to type."""
