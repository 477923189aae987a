"""Time stamps of seals by an outside authority: asks for them, checks and stores them."""
