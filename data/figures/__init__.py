"""What are the figures of handling: defined once as data, counted, listed, kept day by day and ranked?"""
