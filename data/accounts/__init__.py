"""Staff accounts: who there is, what each may do, and how each proves who it is."""
