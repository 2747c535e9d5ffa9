/**
 * The engine over WebGPU: an entry point of its own, since bundlers look for its optional package.
 *
 * @packageDocumentation
 */
export { tfjsWebgpu } from './plugins/engines/tfjs-webgpu.js';
