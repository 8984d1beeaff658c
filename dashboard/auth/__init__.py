"""Who asks: sign-in, sessions, tokens, and the middleware in front of everything."""
