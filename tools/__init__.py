"""What maintainers run: the site of the documentation, and its pictures."""
