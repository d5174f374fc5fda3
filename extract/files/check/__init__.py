"""`attain check`: what a folder would become."""
