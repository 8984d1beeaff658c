"""How do people without an account report by a code that hangs in their grid 小区事·码上议?"""
