"""What stands around the application: limits, headers and safe answers for whatever comes from the network."""
