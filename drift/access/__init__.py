"""Access: who somebody is, and what one may do where."""
