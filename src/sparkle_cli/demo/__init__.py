"""A demo community: invented people, channels and what is said about them, and when."""
