"""Lets a language model write, and keeps only what the flow and the Action Units carry (docs/writer.md)."""
