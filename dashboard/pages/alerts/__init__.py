"""The page of alerts: the list of major risks, why each is one, what is done about it."""
