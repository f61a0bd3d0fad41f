"""The chains from source to asset (chains.py, the file to read first), and Run, which keeps what stages make."""
