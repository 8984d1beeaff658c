"""Who saw and did what: entries that nobody can change unnoticed, their chain, and reading them."""
