"""What callers may want to catch."""


class TemplateError(ValueError):
    """Templates or schemas that can't be read; the message says why and what to do."""
