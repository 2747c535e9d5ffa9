"""Opens the folders that `writePipeline` wrote with diffusers, and compares a whole run of each with ours.

Made with Python 3.11 and torch==2.15.0 (CPU), diffusers==0.42.1, transformers==5.24.0, safetensors==0.8.0.

    npx tsx --conditions=source tools/written-pipelines.ts OUT
    python tools/peers/diffusers_written.py OUT > tools/peers/written-pipelines.json

Each run starts from the same numbers, takes as many steps, and has the same prompts. What is printed: the class that diffusers
opened, the largest difference of a pixel (images from -1 to 1), and the size of the largest one.
"""
import json, sys
from pathlib import Path
from unittest import mock
import diffusers, torch, transformers
from safetensors.torch import load_file


def run(folder, asked, latents):
    pipeline = diffusers.DiffusionPipeline.from_pretrained(str(folder), torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    if "scale" not in asked:
        with mock.patch("diffusers.pipelines.ddim.pipeline_ddim.randn_tensor", lambda *_, **__: latents):
            images = pipeline(num_inference_steps=asked["steps"], output_type="np", eta=0.0).images
    else:
        images = pipeline(asked["condition"], negative_prompt=asked["negative"], latents=latents, guidance_scale=asked["scale"],
                          num_inference_steps=asked["steps"], output_type="np").images
    return type(pipeline).__name__, type(pipeline.scheduler).__name__, torch.from_numpy(images) * 2 - 1


def main(out):
    results = {"made_by": f"diffusers {diffusers.__version__}, transformers {transformers.__version__}, torch {torch.__version__}, CPU: tools/peers/diffusers_written.py", "folders": {}}
    for path in sorted(out.glob("*.json")):
        asked, tensors = json.loads(path.read_text()), load_file(path.with_suffix(".safetensors"))
        opened, scheduler, images = run(out / path.stem, asked, tensors["latents"].permute(0, 3, 1, 2).contiguous())
        ours = tensors["images"].clamp(-1, 1)
        assert images.shape == ours.shape and opened == asked["className"], (path.stem, images.shape, ours.shape, opened)
        results["folders"][path.stem] = {"opened": opened, "scheduler": scheduler, "steps": asked["steps"],
                                         "largest_difference": float(f"{(images - ours).abs().max():.1e}"), "largest_pixel": round(float(images.abs().max()), 4),
                                         "deviation": round(float(images.std()), 4)}
    print(json.dumps(results, indent=1))


main(Path(sys.argv[1]))
