"""Resumes a register that was restored to a moment after which it went on."""
