"""Which class does a typed text probably belong to?"""
