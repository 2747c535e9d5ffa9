import * as ort from 'onnxruntime-web/webgpu';
import { serveBrowser } from './serve-browser.js';

/** The thread of a browser that computes on its GPU; this WebAssembly is twice as large. */
serveBrowser(ort, 'ort-wasm-simd-threaded.asyncify.wasm');
