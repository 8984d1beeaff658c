"""Risk of cases 研判: rules as data, verdicts with the facts that led to them, the list of major risks."""
