"""How are photos of cases checked, cleaned, kept and found again?"""
