"""By which weights is a candidate scored, and from which score on is it taken for the same matter?

Fitted by logistic regression to the pairs of reports of two drawn cities, seeds 101 and 102 of `python app.py demo`,
each 25,000 incidents in 45 days; the threshold is the one with the highest F1 on these two. No other seed was looked at
for choosing them, so any other city may be scored with them.
"""

from data.duplicates.likeness import Weights

WEIGHTS = Weights(start=4.5, near=-1.0, later=-1.5, same_group=-3.0, similar=0.95, grid=-1.7)
LIKELY = 0.65
"""From this score on a candidate is taken for the same matter; see the head of this file."""

WORTH_SHOWING = 0.05
RADIUS_M = 120.0
WINDOW_HOURS = 96.0
MOST = 10
"""Candidates that are shown, the likeliest first."""
