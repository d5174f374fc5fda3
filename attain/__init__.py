"""What the stations share: settings, connections, the embedded server, runs, publishing, the command line."""
