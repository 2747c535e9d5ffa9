"""Sigmas of step grids for ComfyUI: python comfyui_grids.py COMFYUI RES4LYF FILE

COMFYUI and RES4LYF are checkouts, of January 2026 and July 2026. Only the tables and the two functions of the grids are run.
"""
import ast
import json
import math
import pathlib
import sys
import types

import torch

comfyui, res4lyf, target = map(pathlib.Path, sys.argv[1:4])


def taken(path, names):
    tree = ast.parse(path.read_text())
    kept = [
        node for node in tree.body
        if getattr(node, "name", None) in names or (isinstance(node, ast.Assign) and node.targets[0].id in names)
    ]
    space = {"pi": math.pi, "atan": math.atan, "torch": torch}
    exec(compile(ast.Module(kept, []), str(path), "exec"), space)
    return types.SimpleNamespace(**space)


tables = taken(comfyui / "comfy_extras" / "nodes_gits.py", ["NOISE_LEVELS"]).NOISE_LEVELS
bong = taken(res4lyf / "sigmas.py", ["get_bong_tangent_sigmas", "bong_tangent_scheduler"]).bong_tangent_scheduler
rows = [
    {"grid": "gits", "config": {"coefficient": str(coefficient)}, "steps": len(sigmas) - 1, "sigmas": sigmas}
    for coefficient in (1.1, 1.2) for sigmas in tables[coefficient]
] + [
    {"grid": "bong-tangent", "config": {}, "steps": steps, "sigmas": [float(f"{s:.7g}") for s in bong(None, steps).tolist()]}
    for steps in (2, 3, 5, 10, 20, 33)
]
target.write_text(json.dumps({"script": "comfyui_grids.py", "rows": rows}, separators=(",", ":")) + "\n")
