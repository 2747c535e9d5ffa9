import type { CatalogueEntry } from '../../core/assembly/catalogue.js';
import { lowRank } from '../../plugins/adapters/low-rank.js';
import { ema } from '../../plugins/averages/ema.js';
import { onnxText } from '../../plugins/conditioners/onnx-text/onnx-text.js';
import { onnxCodec } from '../../plugins/codecs/onnx-codec.js';
import { onnxDenoiser } from '../../plugins/denoisers/onnx-denoiser.js';
import { clipText } from '../../plugins/conditioners/clip-text/clip-text.js';
import { classLabel } from '../../plugins/conditioners/class-label.js';
import { t5Encoder } from '../../plugins/conditioners/t5-encoder/t5-encoder.js';
import { controlledText } from '../../plugins/conditioners/joined/controlled-text.js';
import { inpaintedText } from '../../plugins/conditioners/joined/inpainted-text.js';
import { pixartText } from '../../plugins/conditioners/joined/pixart-text.js';
import { fluxText } from '../../plugins/conditioners/joined/flux-text.js';
import { stableDiffusion3Text } from '../../plugins/conditioners/joined/stable-diffusion-3-text.js';
import { latentConsistencyText } from '../../plugins/conditioners/joined/latent-consistency-text.js';
import { stableDiffusionXlText } from '../../plugins/conditioners/joined/stable-diffusion-xl-text.js';
import { words } from '../../plugins/conditioners/words.js';
import { autoencoderKl } from '../../plugins/codecs/autoencoder-kl/autoencoder-kl.js';
import { autoencoderTiny } from '../../plugins/codecs/autoencoder-tiny/autoencoder-tiny.js';
import { patches } from '../../plugins/codecs/patches.js';
import { digits } from '../../plugins/datasets/digits.js';
import { gaussianMixture } from '../../plugins/datasets/gaussian-mixture.js';
import { twoMoons } from '../../plugins/datasets/two-moons.js';
import { dit } from '../../plugins/denoisers/dit/dit.js';
import { flux } from '../../plugins/denoisers/flux/flux.js';
import { mlp } from '../../plugins/denoisers/mlp.js';
import { pixart } from '../../plugins/denoisers/pixart/pixart.js';
import { sd3 } from '../../plugins/denoisers/sd3/sd3.js';
import { controlnet } from '../../plugins/controls/controlnet/controlnet.js';
import { unet2d } from '../../plugins/denoisers/unet2d/unet2d.js';
import { unet2dCondition } from '../../plugins/denoisers/unet2d-condition/unet2d-condition.js';
import { autoEngine } from '../../plugins/engines/auto.js';
import { tfjsCpu } from '../../plugins/engines/tfjs-cpu.js';
import { tfjsWasm } from '../../plugins/engines/tfjs-wasm.js';
import { alignYourSteps } from '../../plugins/grids/align-your-steps.js';
import { beta } from '../../plugins/grids/beta.js';
import { bongTangent } from '../../plugins/grids/bong-tangent.js';
import { consistency as consistencyGrid } from '../../plugins/grids/consistency.js';
import { custom } from '../../plugins/grids/custom.js';
import { ddimUniform } from '../../plugins/grids/ddim-uniform.js';
import { exponential } from '../../plugins/grids/exponential.js';
import { flip } from '../../plugins/grids/flip.js';
import { gits } from '../../plugins/grids/gits.js';
import { karras } from '../../plugins/grids/karras.js';
import { klOptimal } from '../../plugins/grids/kl-optimal.js';
import { lcm as lcmGrid } from '../../plugins/grids/lcm.js';
import { leading } from '../../plugins/grids/leading.js';
import { linearQuadratic } from '../../plugins/grids/linear-quadratic.js';
import { linspace } from '../../plugins/grids/linspace.js';
import { luLambda } from '../../plugins/grids/lu-lambda.js';
import { normal } from '../../plugins/grids/normal.js';
import { polyexponential } from '../../plugins/grids/polyexponential.js';
import { sgmUniform } from '../../plugins/grids/sgm-uniform.js';
import { simple } from '../../plugins/grids/simple.js';
import { sineSquared } from '../../plugins/grids/sine-squared.js';
import { smoothstep } from '../../plugins/grids/smoothstep.js';
import { trailing } from '../../plugins/grids/trailing.js';
import { vp } from '../../plugins/grids/vp.js';
import { apg } from '../../plugins/guidance/apg.js';
import { autoguidance } from '../../plugins/guidance/autoguidance.js';
import { cached } from '../../plugins/guidance/cached.js';
import { cfgPlusPlus } from '../../plugins/guidance/cfg-plus-plus.js';
import { cfgRescale } from '../../plugins/guidance/cfg-rescale.js';
import { cfgZeroStar } from '../../plugins/guidance/cfg-zero-star.js';
import { cfg } from '../../plugins/guidance/cfg.js';
import { classifier } from '../../plugins/guidance/classifier.js';
import { composable } from '../../plugins/guidance/composable.js';
import { interval } from '../../plugins/guidance/interval.js';
import { magnitudeAware } from '../../plugins/guidance/magnitude-aware.js';
import { none } from '../../plugins/guidance/none.js';
import { pag } from '../../plugins/guidance/pag.js';
import { skipLayer } from '../../plugins/guidance/skip-layer.js';
import { tangential } from '../../plugins/guidance/tangential.js';
import { philox } from '../../plugins/noise/philox.js';
import { torch } from '../../plugins/noise/torch/torch.js';
import { denoisingScoreMatching } from '../../plugins/objectives/denoising-score-matching.js';
import { jsonLinesObserver } from '../../plugins/observers/json-lines.js';
import { progress } from '../../plugins/observers/progress.js';
import { adam } from '../../plugins/optimizers/adam.js';
import { adamw } from '../../plugins/optimizers/adamw.js';
import { consistency as consistencyParameterization } from '../../plugins/parameterizations/consistency.js';
import { edm as edmParameterization } from '../../plugins/parameterizations/edm.js';
import { epsilon, flow as flowParameterization, score, v, x0 } from '../../plugins/parameterizations/plain.js';
import { gif } from '../../plugins/post-processors/gif.js';
import { png } from '../../plugins/post-processors/png.js';
import { sheet } from '../../plugins/post-processors/sheet.js';
import { toPixels } from '../../plugins/post-processors/to-pixels.js';
import { upscale } from '../../plugins/post-processors/upscale.js';
import { cfgppUd10Ab } from '../../plugins/samplers/cfgpp-ud10-ab.js';
import { consistency } from '../../plugins/samplers/consistency.js';
import { ddimInverse } from '../../plugins/samplers/ddim-inverse.js';
import { ddim } from '../../plugins/samplers/ddim.js';
import { ddpm as ddpmSampler } from '../../plugins/samplers/ddpm.js';
import { deis } from '../../plugins/samplers/deis.js';
import { dpm2Ancestral } from '../../plugins/samplers/dpm2-ancestral.js';
import { dpm2 } from '../../plugins/samplers/dpm2.js';
import { dpmAdaptive } from '../../plugins/samplers/dpm-adaptive.js';
import { dpmFast } from '../../plugins/samplers/dpm-fast.js';
import { dpmSolver } from '../../plugins/samplers/dpm-solver.js';
import { dpmpp2mSde } from '../../plugins/samplers/dpmpp-2m-sde.js';
import { dpmpp2m } from '../../plugins/samplers/dpmpp-2m.js';
import { dpmpp2sAncestral } from '../../plugins/samplers/dpmpp-2s-ancestral.js';
import { dpmpp3m } from '../../plugins/samplers/dpmpp-3m.js';
import { dpmpp3mSde } from '../../plugins/samplers/dpmpp-3m-sde.js';
import { dpmppSde } from '../../plugins/samplers/dpmpp-sde.js';
import { dpmppSinglestep } from '../../plugins/samplers/dpmpp-singlestep.js';
import { edm as edmSampler } from '../../plugins/samplers/edm.js';
import { erSde } from '../../plugins/samplers/er-sde.js';
import { expHeun2X0 } from '../../plugins/samplers/exp-heun-2-x0.js';
import { gradientEstimation } from '../../plugins/samplers/gradient-estimation.js';
import { heunpp2 } from '../../plugins/samplers/heunpp2.js';
import { ipndmV } from '../../plugins/samplers/ipndm-v.js';
import { res2s } from '../../plugins/samplers/res-2s.js';
import { seeds2 } from '../../plugins/samplers/seeds-2.js';
import { seeds3 } from '../../plugins/samplers/seeds-3.js';
import { eulerAncestral } from '../../plugins/samplers/euler-ancestral.js';
import { euler } from '../../plugins/samplers/euler.js';
import { flowEulerAncestral } from '../../plugins/samplers/flow-euler-ancestral.js';
import { flowEuler } from '../../plugins/samplers/flow-euler.js';
import { flowHeun } from '../../plugins/samplers/flow-heun.js';
import { heun } from '../../plugins/samplers/heun.js';
import { ipndm } from '../../plugins/samplers/ipndm.js';
import { lcm } from '../../plugins/samplers/lcm.js';
import { lms } from '../../plugins/samplers/lms.js';
import { predictorCorrector } from '../../plugins/samplers/predictor-corrector.js';
import { repaint } from '../../plugins/samplers/repaint.js';
import { resMultistep } from '../../plugins/samplers/res-multistep.js';
import { pndm } from '../../plugins/samplers/pndm.js';
import { tcd } from '../../plugins/samplers/tcd.js';
import { restart } from '../../plugins/samplers/restart.js';
import { saSolver } from '../../plugins/samplers/sa-solver.js';
import { sdeDpmSolver } from '../../plugins/samplers/sde-dpm-solver.js';
import { unipc } from '../../plugins/samplers/unipc.js';
import { cosine } from '../../plugins/schedules/cosine.js';
import { customAlphasCumprod } from '../../plugins/schedules/custom-alphas-cumprod.js';
import { customBetas } from '../../plugins/schedules/custom-betas.js';
import { customLambda } from '../../plugins/schedules/custom-lambda.js';
import { edm as edmSchedule } from '../../plugins/schedules/edm.js';
import { exp } from '../../plugins/schedules/exp.js';
import { flow as flowSchedule } from '../../plugins/schedules/flow.js';
import { laplace } from '../../plugins/schedules/laplace.js';
import { linear } from '../../plugins/schedules/linear.js';
import { scaledLinear } from '../../plugins/schedules/scaled-linear.js';
import { sigmoidAlpha } from '../../plugins/schedules/sigmoid-alpha.js';
import { sigmoid } from '../../plugins/schedules/sigmoid.js';
import { subVpSde } from '../../plugins/schedules/sub-vp-sde.js';
import { trigonometric } from '../../plugins/schedules/trigonometric.js';
import { veSde } from '../../plugins/schedules/ve-sde.js';
import { vpSde } from '../../plugins/schedules/vp-sde.js';
import { memory } from '../../plugins/stores/memory.js';
import { logNormal } from '../../plugins/timestep-samplers/log-normal.js';
import { logitNormal } from '../../plugins/timestep-samplers/logit-normal.js';
import { uniform } from '../../plugins/timestep-samplers/uniform.js';
import { ddpm } from './ddpm.js';
import { edm } from './edm.js';
import { flow } from './flow.js';

/** The engine where nothing native can be: WebAssembly. `nodePlugins` has one in its place that looks further. */
export const auto = autoEngine([tfjsWasm]);

/**
 * Every plugin and preset of this package that runs in browsers too. Node has more: `nodePlugins` of
 * `rxdiffusion/node`. Add yours: `plugins: [...standardPlugins, mine]`.
 */
export const standardPlugins = [
  ...[ddpm, edm, flow],
  ...[linear, scaledLinear, cosine, sigmoid, sigmoidAlpha, laplace, exp],
  ...[customBetas, customAlphasCumprod, customLambda],
  ...[edmSchedule, flowSchedule, vpSde, veSde, subVpSde, trigonometric],
  ...[leading, trailing, linspace, karras, exponential, polyexponential, beta, luLambda, klOptimal],
  ...[vp, simple, normal, sgmUniform, ddimUniform, linearQuadratic, alignYourSteps, custom],
  ...[lcmGrid, consistencyGrid, sineSquared, smoothstep, bongTangent, gits, flip],
  ...[epsilon, v, x0, flowParameterization, score, edmParameterization, consistencyParameterization],
  ...[ddpmSampler, ddim, euler, eulerAncestral, heun, dpm2, dpm2Ancestral, lms, deis, unipc, dpmpp2m],
  ...[dpmpp3m, dpmSolver, dpmppSinglestep, dpmpp2sAncestral, resMultistep, dpmFast, dpmAdaptive],
  ...[ddimInverse, pndm, ipndm, flowEuler, flowHeun, flowEulerAncestral, lcm, tcd, consistency],
  ...[edmSampler, dpmppSde, dpmpp2mSde, dpmpp3mSde, sdeDpmSolver, saSolver, predictorCorrector, restart, repaint],
  ...[seeds2, seeds3, res2s, expHeun2X0, erSde, heunpp2, ipndmV, gradientEstimation, cfgppUd10Ab],
  ...[unet2d, unet2dCondition, dit, pixart, sd3, flux, mlp, onnxDenoiser],
  ...[controlnet],
  ...[classLabel, words, clipText, t5Encoder, stableDiffusionXlText, stableDiffusion3Text, fluxText],
  ...[latentConsistencyText, controlledText, inpaintedText, pixartText, onnxText],
  ...[patches, autoencoderKl, autoencoderTiny, onnxCodec],
  ...[none, cfg, cfgRescale, interval, cfgPlusPlus, apg, cfgZeroStar, autoguidance, classifier],
  ...[pag, skipLayer, composable, magnitudeAware, tangential, cached],
  ...[philox, torch],
  ...[toPixels, upscale, sheet, png, gif],
  ...[digits, gaussianMixture, twoMoons],
  ...[denoisingScoreMatching],
  ...[uniform, logNormal, logitNormal],
  ...[adam, adamw],
  ...[lowRank],
  ...[ema],
  ...[tfjsWasm, tfjsCpu, auto],
  ...[memory],
  ...[progress, jsonLinesObserver],
] as const satisfies readonly CatalogueEntry[];
