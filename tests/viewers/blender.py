"""Blender's importer over many files: `python blender.py A.glb B.glb …`, run by a Python that has bpy.

Prints a JSON list, one entry a file: bounds in glTF axes (+Y up), triangles, sizes of textures.
"""

import json
import os
import sys


def main() -> None:
    """Open each file in an empty scene and say what stands there."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Blender prints progress there.
    import bpy
    from mathutils import Vector

    results = []
    for path in sys.argv[1:]:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        try:
            bpy.ops.import_scene.gltf(filepath=os.path.abspath(path))
        except RuntimeError as error:
            results.append({"path": path, "error": str(error)})
            continue
        corners, triangles = [], 0
        for thing in bpy.context.view_layer.objects:  # what is to be seen: not the collections of other scenes
            if thing.type == "MESH":
                mesh = thing.data
                mesh.calc_loop_triangles()
                triangles += len(mesh.loop_triangles)
                corners += [thing.matrix_world @ Vector(vertex.co) for vertex in mesh.vertices]
        # Blender is +Z up: (x, y, z) there is (x, z, -y) in glTF.
        points = [(x, z, -y) for x, y, z in corners] or [(0.0, 0.0, 0.0)]
        results.append(
            {
                "path": path,
                "min": [min(point[axis] for point in points) for axis in range(3)],
                "max": [max(point[axis] for point in points) for axis in range(3)],
                "triangles": triangles,
                "textures": [list(image.size) for image in bpy.data.images if image.size[0]],
            }
        )
    answers.write(json.dumps(results, indent=1) + "\n")
    answers.flush()


main()
