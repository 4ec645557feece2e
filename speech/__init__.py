"""Sound to text and text to sound: ports, engines in worker processes, endpointing, prompt cache."""
