import * as ort from 'onnxruntime-web/wasm';
import { serveBrowser } from './serve-browser.js';

/** The thread of a browser that computes by WebAssembly. */
serveBrowser(ort, 'ort-wasm-simd-threaded.wasm');
