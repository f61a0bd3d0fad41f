"""The bundled model on held-out sentences and, with --corpus, on pictures of held-out artist models.

    python benchmarks/generator.py [--corpus FOLDER] [--prompts 300] [--sheet out.png]

The same as `maquette eval views`; beside the model stand the ceiling, retrieval and a random pick.
"""

import sys

from maquette.cli import main

if __name__ == "__main__":
    sys.exit(main(["eval", "views", *sys.argv[1:]]))
