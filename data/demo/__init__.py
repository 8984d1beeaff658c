"""The demo city: a fictional coastal prefecture with places, incidents and planted truth, generated from a seed."""
