"""What inspectors look for behind figures: facts, counted and opened, that accuse nobody."""
