"""The layers, a folder for each; beside them what several of them use."""
