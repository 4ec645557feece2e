"""The optional Rasa service beside ours: its environment, its training, its process."""
