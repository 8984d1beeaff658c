"""The page of cases: queue, case, map and neighbours."""
