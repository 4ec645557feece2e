"""The line: Asterisk over ARI, a simulated line and a browser line behind one port."""
