"""`attain doctor`: what is wrong with a machine, a connection or a folder."""
