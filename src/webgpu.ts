/**
 * The engine over WebGPU: a door of its own, since bundlers look for its optional package.
 *
 * @packageDocumentation
 */
export { tfjsWebgpu } from './plugins/engines/tfjs-webgpu.js';
