"""How do single reports and small batches of other programs get in, each exactly once?"""
