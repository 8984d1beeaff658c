"""Services of the planner of zones, shared by the HTTP interface and the page."""
