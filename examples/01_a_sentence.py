"""A sentence to a GLB, and the same again with another texture size: only the texture is baked again."""

import maquette

run = maquette.Run()
for size in (1024, 256):
    asset = maquette.make("a wooden barrel with two gold bands", seed=7, texture_size=size, height=0.9, run=run)
    maquette.export_glb(asset, f"barrel-{size}.glb")
for step in run.steps:
    print(f"{step.method:12} {step.state:5} {step.seconds:5.2f} s")
"""
Mini         made   2.71 s
PlaneFusion  made   0.58 s
Decimate     made   0.21 s
Upscale      made   0.38 s
BakeViews    made   1.05 s
Mini         kept   0.01 s
PlaneFusion  kept   0.01 s
Decimate     kept   0.00 s
Upscale      kept   0.01 s
BakeViews    made   0.31 s
"""
