"""How does a case go from report to closing, as a log of events that everything else follows from?"""
