const { builtinModules } = require('node:module');

/** Who may import whom: docs/house.md says why. */
const FRONT_DOORS = '^src/(index|plugin|images|diffusers|node|testing|webgpu|onnxruntime-web)\\.ts$';
const NODE_BUILTINS = builtinModules.join('|');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^@tensorflow/tfjs-node(-gpu)?$'] },
    },
    {
      name: 'core-imports-core',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/', pathNot: '^src/core/' },
    },
    {
      name: 'contracts-are-types-of-core',
      comment: 'A contract may name types of contracts, events and roles; it runs nothing.',
      severity: 'error',
      from: { path: '^src/core/contracts/' },
      to: { dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'plugin-imports-core-and-its-role',
      severity: 'error',
      from: { path: '^src/plugins/([^/]+)/' },
      to: { path: '^src/', pathNot: ['^src/core/', '^src/plugins/$1/'] },
    },
    {
      name: 'pipelines-import-core',
      severity: 'error',
      from: { path: '^src/pipelines/', pathNot: '^src/pipelines/(presets|parallel/node|interop/diffusers/pipeline)/' },
      to: { path: '^src/', pathNot: ['^src/core/', '^src/pipelines/(?!presets/)'] },
    },
    {
      name: 'presets-join-pipelines-and-plugins',
      severity: 'error',
      from: { path: '^src/pipelines/(presets|parallel/node|interop/diffusers/pipeline)/' },
      to: { path: '^src/', pathNot: ['^src/core/', '^src/plugins/', '^src/pipelines/'] },
    },
    {
      name: 'laws-judge-core-and-pipelines',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { path: '^src/', pathNot: ['^src/testing/', '^src/core/', '^src/pipelines/(?!presets/)'] },
    },
    {
      name: 'laws-are-for-tests',
      comment: 'Code that runs pipelines imports no code that judges them.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/testing/', '^src/testing\\.ts$'] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'cli-uses-front-doors',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: ['^src/cli/', '^src/(index|plugin|images|diffusers|node)\\.ts$'] },
    },
    {
      name: 'front-doors-are-for-the-outside',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: FRONT_DOORS },
    },
    {
      name: 'cli-is-imported-by-the-node-door-only',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/', '^src/node\\.ts$'] },
      to: { path: '^src/cli/' },
    },
    {
      name: 'examples-import-by-name',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(src|dist|test|tools|bench)/', pathNot: FRONT_DOORS },
    },
    {
      name: 'inversify-stays-behind-core-assembly',
      comment: 'At most two files: test/house counts them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/core/assembly/' },
      to: { path: 'node_modules/(inversify|@inversifyjs|reflect-metadata)/' },
    },
    {
      name: 'rxjs-where-things-stream',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/core/(loop|requests|sampling)/', '^src/(pipelines|cli|testing)/', '^src/plugins/observers/'],
      },
      to: { path: 'node_modules/rxjs/' },
    },
    {
      name: 'samplers-are-mathematics',
      comment: 'A sampler sees vectors, not tensors: no tfjs, rxjs or inversify.',
      severity: 'error',
      from: { path: '^src/plugins/samplers/' },
      to: { path: 'node_modules/(@tensorflow|rxjs|inversify)/' },
    },
    {
      name: 'tfjs-by-its-public-entry',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: 'node_modules/@tensorflow/',
        pathNot: 'node_modules/@tensorflow/(tfjs|tfjs-backend-wasm|tfjs-backend-webgpu|tfjs-node|tfjs-node-gpu)/',
      },
    },
    {
      name: 'browser-safe',
      comment: 'What the doors but that of Node reach runs in a browser: no Node built-ins, no Node-only packages.',
      severity: 'error',
      from: { path: '^src/(index|plugin|images|diffusers|testing|webgpu|onnxruntime-web)\\.ts$' },
      to: {
        path: [`^(node:)?(${NODE_BUILTINS})$`, 'node_modules/(sharp|commander|fs-native-extensions)/'],
        reachable: true,
      },
    },
    {
      name: 'src-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer', 'type-only'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|docs|out|coverage)/' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
