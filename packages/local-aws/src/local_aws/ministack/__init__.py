"""The embedding of ministack: the only folder that touches its modules and their private attributes."""
