"""Pure values and rules of a clinic's registry; imports only the standard library."""
