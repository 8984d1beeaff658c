"""How is everything saved, and how does it come back: whole, or as of a moment?"""
