"""The pages of the dashboard; one package or module each."""
