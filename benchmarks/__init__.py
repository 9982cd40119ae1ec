"""What is measured, against which peer, with the command that does it: see README.md."""
