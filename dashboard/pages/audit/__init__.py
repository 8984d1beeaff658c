"""The page of the audit log: who saw and did what, and whether the chain is whole."""
