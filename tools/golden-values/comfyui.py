"""Golden values of ComfyUI's samplers: python comfyui.py COMFYUI FOLDER

COMFYUI is a checkout of ComfyUI, FOLDER gets comfyui.json.gz. Of the program only comfy/k_diffusion is run; what it imports
beside torch is replaced by stubs. Made with a checkout of January 2026 (exp_heun_2_x0 and its kin are in it) and torch 2.15.0.
The network is the exact denoiser of a mixture of three Gaussians in float64, on the variance-exploding path. Where a sampler
asks for the estimate without guidance, that is the exact one, and the guided one is 1.2 times it plus 0.1.
"""
import gzip
import importlib
import inspect
import json
import math
import pathlib
import sys
import types

import torch

source, folder = map(pathlib.Path, sys.argv[1:3])
MIXTURE = [(-1.2, 0.35, 0.3), (0.3, 0.25, 0.45), (1.5, 0.45, 0.25)]


def stub(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    return module


class Const:
    """Stands for comfy.model_sampling.CONST: no network here is one of flow matching."""


def with_post_function(options, function, disable_cfg1_optimization=False):
    return {**options, "post": function}


comfy = stub("comfy", __path__=[str(source / "comfy")])
stub("scipy", integrate=None)
stub("torchsde")
stub("tqdm")
stub("tqdm.auto", trange=lambda *a, **k: range(*a), tqdm=None)
comfy.model_patcher = stub("comfy.model_patcher", set_model_options_post_cfg_function=with_post_function)
comfy.model_sampling = stub("comfy.model_sampling", CONST=Const)
comfy.memory_management = stub("comfy.memory_management", aimdo_allocator=None)
comfy.utils = stub("comfy.utils", model_trange=lambda *a, **k: range(*a))
K = importlib.import_module("comfy.k_diffusion.sampling")


def exact(x, sigma):
    logits, means = [], []
    for mean, std, weight in MIXTURE:
        variance = std**2 + sigma**2
        logits.append(math.log(weight) - torch.log(variance) / 2 - (x - mean) ** 2 / (2 * variance))
        means.append(mean + std**2 * (x - mean) / variance)
    shares = torch.softmax(torch.stack(logits), 0)
    return (shares * torch.stack(means)).sum(0)


class Model:
    """Answers as ComfyUI's wrapped networks do, and as the samplers look into them."""

    def __init__(self, calls):
        self.calls = calls
        self.inner_model = self
        self.model_patcher = self
        self.model_sampling = types.SimpleNamespace(noise_scaling=lambda sigma, noise, clean: clean + sigma * noise)

    def get_model_object(self, _):
        return self.model_sampling

    def __call__(self, x, sigma, model_options={}, **_):
        self.calls.append({"sigma": number(sigma[0])})
        plain = exact(x, sigma[:, None])
        if "post" not in model_options:
            return plain
        return model_options["post"]({"denoised": 1.2 * plain + 0.1, "uncond_denoised": plain, "cond_denoised": None, "uncond": 1})


def number(value):
    return float(f"{float(value):.12g}")


def numbers(tensor):
    return [number(value) for value in tensor.flatten()]


def recorded(name, arguments, sigmas, seed):
    generator = torch.Generator().manual_seed(seed)
    calls, noise, seen = [], [], []

    def draw(sigma, sigma_next):
        z = torch.randn(1, 4, generator=generator)
        if abs(sigma / sigma_next - 1) > 1e-9:
            noise.append({"z": [float(f"{float(value):.9g}") for value in z.flatten()]})
        return z.double()

    x = torch.randn(1, 4, generator=generator).double() * sigmas[0]
    more = {key: value for key, value in arguments.items() if key != "tau"}
    if "tau" in arguments:
        more["tau_func"] = lambda sigma: arguments["tau"]
    function = getattr(K, "sample_" + name)
    if "noise_sampler" in inspect.signature(function).parameters:
        more["noise_sampler"] = draw
    final = function(
        Model(calls), x.clone(), sigmas, extra_args={},
        callback=lambda info: seen.append({"sigma": number(info["sigma"]), "x": numbers(info["x"])}), **more,
    )
    return {
        "sampler": "sample_" + name, "arguments": arguments, "sigmas": numbers(sigmas), "xT": numbers(x),
        "calls": calls, "noise": noise, "atCallback": [] if name in SHOWS_OTHER else seen, "final": numbers(final),
    }


# What these show their callback is not the sample of the step: the first one, or one that is not corrected yet.
SHOWS_OTHER = ["ipndm", "ipndm_v", "sa_solver", "sa_solver_pece"]
PLAIN = ["heunpp2", "exp_heun_2_x0", "ipndm", "ipndm_v", "gradient_estimation", "res_multistep"]
GUIDED = [
    "euler_cfg_pp", "euler_ancestral_cfg_pp", "dpmpp_2m_cfg_pp", "res_multistep_cfg_pp",
    "res_multistep_ancestral_cfg_pp", "gradient_estimation_cfg_pp",
]
NOISY = ["exp_heun_2_x0_sde", "er_sde", "seeds_2", "seeds_3", "res_multistep_ancestral", "lcm", "ddpm"]
CASES = [(name, {}) for name in PLAIN + GUIDED + NOISY] + [
    ("exp_heun_2_x0", {"solver_type": "phi_1"}), ("exp_heun_2_x0_sde", {"eta": 0.5, "s_noise": 0.9}),
    ("ipndm_v", {"max_order": 2}), ("ipndm_v", {"max_order": 3}), ("gradient_estimation", {"ge_gamma": 1.5}),
    ("er_sde", {"max_stage": 1}), ("er_sde", {"max_stage": 2, "s_noise": 0.6}), ("seeds_2", {"r": 0.3, "solver_type": "phi_2"}),
    ("seeds_2", {"eta": 0.0, "solver_type": "phi_2"}), ("seeds_3", {"eta": 0.4, "s_noise": 1.01}), ("seeds_3", {"r_1": 0.25, "r_2": 0.8}),
    ]
GRIDS = [K.get_sigmas_karras(6, 0.05, 20.0).double(), K.get_sigmas_exponential(11, 0.05, 20.0).double()]
# The orders of SA-Solver are lowered near a clean end, one step earlier than here: its runs end above.
ADAMS = [
    (name, {"tau": tau, "simple_order_2": True} | orders)
    for name in ("sa_solver", "sa_solver_pece")
    for tau in (0.0, 0.7, 1.0)
    for orders in ({}, {"predictor_order": 2, "corrector_order": 2})
]
cases = [
    recorded(name, arguments, sigmas, 100 * number + 7)
    for number, (name, arguments) in enumerate(CASES)
    for sigmas in GRIDS
] + [recorded(name, arguments, GRIDS[1][:-1], 11 * number + 3) for number, (name, arguments) in enumerate(ADAMS)]
about = {"k-diffusion": "of ComfyUI, January 2026", "library": "ComfyUI", "torch": torch.__version__, "script": "comfyui.py"}
text = json.dumps(about | {"cases": cases}, separators=(",", ":"))
with gzip.GzipFile(folder / "comfyui.json.gz", "wb", mtime=0) as file:
    file.write(text.encode())
print(len(cases), "cases")
