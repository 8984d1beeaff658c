"""Reports of one and the same matter: candidates, ranked with reasons."""
