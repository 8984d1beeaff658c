"""When does a time limit run out: by which clock, which calendar, with which pauses?"""
