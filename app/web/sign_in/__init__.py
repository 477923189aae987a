"""Sign-in and sign-out of staff."""
