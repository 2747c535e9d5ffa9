/**
 * The engine over onnxruntime-web: an entry point of its own, since bundlers look for its optional package.
 *
 * @packageDocumentation
 */
export { onnxruntimeWeb, onnxruntimeWebFrom } from './plugins/engines/onnxruntime/onnxruntime-web.js';
