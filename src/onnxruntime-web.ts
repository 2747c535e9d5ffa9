/**
 * The engine over onnxruntime-web: a door of its own, since bundlers look for its optional package.
 *
 * @packageDocumentation
 */
export { onnxruntimeWeb } from './plugins/engines/onnxruntime/onnxruntime-web.js';
