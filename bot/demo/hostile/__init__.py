"""Random and hostile callers in text: thousands of turns, and what must hold in every one of them."""
