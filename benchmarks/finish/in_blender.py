"""What an artist does in Blender to finish a mesh: `python in_blender.py IN.glb OUT.glb FACES SIZE CAGE`.

Run by a Python that has bpy (blender.py does it). Merge by distance, decimate (collapse), sharp edges by angle,
Smart UV project; base colour, tangent normals and occlusion-roughness-metallic baked from the source by Cycles at
4 samples through a cage, which lies CAGE times the diagonal outside; a GLB with tangents. Prints the seconds of
each step as JSON.
"""

import json
import math
import os
import sys
import time

import bpy

SAMPLES = 4


def main(source: str, output: str, faces: int, size: int, cage: float) -> None:
    seconds, start = {}, time.perf_counter()

    def done(step: str) -> None:
        nonlocal start
        seconds[step] = round(time.perf_counter() - start, 2)
        start = time.perf_counter()

    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=source)
    high = joined()
    done("import")
    low = decimated(high, faces)
    done("decimate")
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(margin_method="FRACTION", island_margin=4 / size)
    bpy.ops.object.mode_set(mode="OBJECT")
    done("unwrap")

    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = SAMPLES, False
    high.select_set(True)  # what is selected is baked onto what is active
    images = {}
    for name, kind in (("base colour", "EMIT"), ("normal", "NORMAL"), ("orm", "EMIT")):
        images[name] = bpy.data.images.new(name, size, size)
        if name != "base colour":
            images[name].colorspace_settings.name = "Non-Color"
        for slot in high.material_slots:
            show(slot.material.node_tree, name)
        target(low, images[name])
        extrusion = cage * math.hypot(*high.dimensions)
        bpy.ops.object.bake(
            type=kind, use_selected_to_active=True, cage_extrusion=extrusion, margin=16, use_clear=True
        )
        done(name)

    finish(low, images)
    high.select_set(False)
    bpy.ops.export_scene.gltf(filepath=output, use_selection=True, export_tangents=True)
    done("export")
    answers.write(json.dumps(seconds) + "\n")
    answers.flush()


def joined():
    """All of the scene's meshes as one object, in world axes."""
    things = [thing for thing in bpy.context.scene.objects if thing.type == "MESH"]
    bpy.ops.object.select_all(action="DESELECT")
    for thing in things:
        thing.select_set(True)
    bpy.context.view_layer.objects.active = things[0]
    bpy.ops.object.make_single_user(object=True, obdata=True)
    bpy.ops.object.parent_clear(type="CLEAR_KEEP_TRANSFORM")
    if len(things) > 1:
        bpy.ops.object.join()
    bpy.ops.object.transform_apply()
    return bpy.context.active_object


def decimated(high, faces: int):
    """A copy of so many triangles, selected and active, without material."""
    low = high.copy()
    low.data = high.data.copy()
    bpy.context.collection.objects.link(low)
    bpy.ops.object.select_all(action="DESELECT")
    low.select_set(True)
    bpy.context.view_layer.objects.active = low
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.remove_doubles(threshold=1e-6 * max(high.dimensions))
    bpy.ops.mesh.quads_convert_to_tris()
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.mesh.customdata_custom_splitnormals_clear()
    if len(low.data.polygons) > faces:
        modifier = low.modifiers.new("decimate", "DECIMATE")
        modifier.ratio = faces / len(low.data.polygons)
        modifier.use_collapse_triangulate = True
        bpy.ops.object.modifier_apply(modifier=modifier.name)
    low.data.shade_smooth()
    low.data.set_sharp_from_angle(angle=math.radians(40))
    low.data.materials.clear()
    low.data.materials.append(bpy.data.materials.new("baked"))
    low.data.materials[0].use_nodes = True
    low.data.polygons.foreach_set("material_index", [0] * len(low.data.polygons))
    return low


def show(tree, name: str) -> None:
    """Have a material shine in what is to be baked: metals, too, have a base colour."""
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
    if name == "normal":
        tree.links.new(shader.outputs[0], output.inputs["Surface"])
        return
    emission = tree.nodes.new("ShaderNodeEmission")
    if name == "base colour":
        follow(tree, shader.inputs["Base Color"], emission.inputs["Color"])
    else:
        packed = tree.nodes.new("ShaderNodeCombineColor")
        occlusion = tree.nodes.new("ShaderNodeAmbientOcclusion")
        occlusion.samples = 1  # rays of each of Cycles' samples
        tree.links.new(occlusion.outputs["AO"], packed.inputs["Red"])
        follow(tree, shader.inputs["Roughness"], packed.inputs["Green"])
        follow(tree, shader.inputs["Metallic"], packed.inputs["Blue"])
        tree.links.new(packed.outputs[0], emission.inputs["Color"])
    tree.links.new(emission.outputs[0], output.inputs["Surface"])


def follow(tree, given, wanted) -> None:
    """Feed one socket with what feeds another."""
    if given.is_linked:
        tree.links.new(given.links[0].from_socket, wanted)
    else:
        wanted.default_value = given.default_value


def target(low, image) -> None:
    """Make an image what is baked into."""
    nodes = low.data.materials[0].node_tree.nodes
    nodes.active = nodes.get(image.name) or nodes.new("ShaderNodeTexImage")
    nodes.active.name, nodes.active.image = image.name, image


def finish(low, images) -> None:
    """The material that glTF's exporter understands, out of the baked images."""
    tree = low.data.materials[0].node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(tree.nodes["base colour"].outputs["Color"], shader.inputs["Base Color"])
    relief, split = tree.nodes.new("ShaderNodeNormalMap"), tree.nodes.new("ShaderNodeSeparateColor")
    tree.links.new(tree.nodes["normal"].outputs["Color"], relief.inputs["Color"])
    tree.links.new(relief.outputs["Normal"], shader.inputs["Normal"])
    tree.links.new(tree.nodes["orm"].outputs["Color"], split.inputs["Color"])
    tree.links.new(split.outputs["Green"], shader.inputs["Roughness"])
    tree.links.new(split.outputs["Blue"], shader.inputs["Metallic"])
    group = bpy.data.node_groups.new("glTF Material Output", "ShaderNodeTree")
    group.interface.new_socket("Occlusion", in_out="INPUT", socket_type="NodeSocketFloat")
    extra = tree.nodes.new("ShaderNodeGroup")
    extra.node_tree = group
    tree.links.new(split.outputs["Red"], extra.inputs["Occlusion"])
    for image in images.values():
        image.pack()


answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # Blender prints its progress there
if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
