import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openModelFile } from '../../../src/core/model-files/open-model-file.js';
import { joined, tagged } from '../../../src/core/model-files/proto-writer.js';
import { Dice } from '../storage/mutator.js';
import { graphBytes, modelBytes, whole, word, type TinyModel, type TinyNode } from './tiny-models.js';

type Files = Readonly<Record<string, Uint8Array>>;

const X = ['x', 'float32', ['batch', 2]] as const;
const Y = ['y', 'float32', ['batch', 2]] as const;
const SUM: TinyNode = { op: 'Add', from: ['x', 'w'], to: 'y' };
const VALID: TinyModel = {
  inputs: [X],
  outputs: [Y],
  nodes: [SUM],
  weights: [{ name: 'w', dims: [2], values: [1, 2] }],
};

const opened = (model: Uint8Array, beside: Files = {}) => {
  const files: Files = { 'unet/model.onnx': model, ...beside };
  return openModelFile(async (path) => files[path], 'unet/model.onnx');
};

const outside = (values: Readonly<Record<string, string>>): Uint8Array =>
  modelBytes({ ...VALID, weights: [{ name: 'w', dims: [2], values }] });

const node = (given: Partial<TinyNode>): Uint8Array => modelBytes({ ...VALID, nodes: [{ ...SUM, ...given }] });

const deep = (levels: number): TinyNode => ({
  ...{ op: 'If', from: [], to: 'y' },
  ...(levels === 0 ? {} : { inside: graphBytes({ nodes: [deep(levels - 1)] }) }),
});

describe('a model file', () => {
  it('says its inputs, its outputs, the bytes of its weights, and draws nothing', async () => {
    const file = await opened(modelBytes(VALID));
    const dims = ['batch', 2];
    expect(file).toMatchObject({
      ...{ name: 'unet/model.onnx', bytes: 8, draws: 'nothing' },
      ...{ inputs: [{ name: 'x', type: 'float32', dims }], outputs: [{ name: 'y', type: 'float32', dims }] },
    });
  });

  it('of an exporter is read', async () => {
    const file = await opened(readFileSync('test/golden/onnx/stable-diffusion/unet/model.onnx'));
    expect(file?.inputs.map(({ name, type, dims }) => [name, type, dims?.length])).toEqual([
      ['sample', 'float32', 4],
      ['timestep', 'int64', 0],
      ['encoder_hidden_states', 'float32', 3],
    ]);
    expect(file?.outputs.map(({ name }) => name)).toEqual(['out_sample']);
  });

  it('that is not there is none', async () => {
    expect(await openModelFile(async () => undefined, 'model.onnx')).toBeUndefined();
  });

  it('may list its weights among its inputs', async () => {
    const file = await opened(modelBytes({ ...VALID, inputs: [X, ['w', 'float32', [2]]] }));
    expect(file?.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('says that it draws random numbers, those of a graph in a graph too', async () => {
    const draws = async (given: Partial<TinyNode>) => (await opened(node(given)))?.draws;
    const inside = (op: string) => ({ op: 'If', inside: graphBytes({ nodes: [{ op, from: [], to: 'y' }] }) });
    expect(await draws({ op: 'RandomNormalLike' })).toBe('normal');
    expect(await draws({ op: 'RandomUniform' })).toBe('other');
    expect(await draws({ op: 'Multinomial' })).toBe('other');
    expect(await draws(inside('RandomNormal'))).toBe('other');
  });

  it('may hold functions of its own, and operators of com.microsoft', async () => {
    const own = tagged(25, joined([word(1, 'Own'), word(10, 'own.domain')]));
    const file = await opened(joined([node({ domain: 'own.domain', op: 'Own' }), own]));
    expect(file?.draws).toBe('nothing');
    expect((await opened(node({ domain: 'com.microsoft', op: 'Gelu' })))?.draws).toBe('nothing');
  });
});

describe('refused is', () => {
  it.each([
    ['an operator of another domain', node({ domain: 'evil.ops' }), 'evil.ops'],
    [
      'one in a graph of a node',
      node({ op: 'If', inside: graphBytes({ nodes: [{ ...SUM, domain: 'evil' }] }) }),
      'evil',
    ],
    ['one that hands on to other files', node({ domain: 'com.microsoft', op: 'EPContext' }), 'EPContext'],
    ['graphs without end', modelBytes({ ...VALID, nodes: [deep(20)] }), 'graphs in graphs'],
    ['an input of texts', modelBytes({ ...VALID, inputs: [['x', 'text', [1]]] }), 'type 8'],
    ['an output of complex numbers', modelBytes({ ...VALID, outputs: [['y', 'complex64', [1]]] }), 'type 14'],
    ['a side of 0', modelBytes({ ...VALID, inputs: [['x', 'float32', [0]]] }), 'the shape [0]'],
    ['a side below 0', modelBytes({ ...VALID, inputs: [['x', 'float32', [-1]]] }), 'the shape [-1]'],
    ['weights of no type', joined([whole(1, 8), tagged(7, tagged(5, joined([whole(1, 1), word(8, 'w')])))]), 'type 0'],
    ['a rank of 17', modelBytes({ ...VALID, inputs: [['x', 'float32', Array<number>(17).fill(1)]] }), 'the shape'],
  ])('%s, as a form that is not read', async (_, bytes, got) => {
    await expect(opened(bytes)).rejects.toThrow(
      expect.objectContaining({ code: 'RXD_FORMAT_UNSUPPORTED', message: expect.stringContaining(got) as string }),
    );
  });

  it.each([
    ['an empty file', new Uint8Array()],
    ['text', new TextEncoder().encode('{"_class_name": "UNet2DConditionModel"}')],
    ['a file of LFS that was not fetched', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n')],
    ['a model without outputs', modelBytes({ ...VALID, outputs: [] })],
    ['a model of two graphs', joined([modelBytes(VALID), tagged(7, graphBytes(VALID))])],
    ['an input without a name', modelBytes({ ...VALID, inputs: [['', 'float32', [1]]] })],
    ['weights of too few bytes', modelBytes({ ...VALID, weights: [{ name: 'w', dims: [3], values: [1, 2] }] })],
    ['weights of a size below 0', modelBytes({ ...VALID, weights: [{ name: 'w', dims: [-2], values: [1, 2] }] })],
  ])('%s, as corrupt', async (_, bytes) => {
    await expect(opened(bytes)).rejects.toThrow(expect.objectContaining({ code: 'RXD_FILE_CORRUPT' }));
  });

  it('a file that was cut anywhere', async () => {
    const bytes = readFileSync('test/golden/onnx/stable-diffusion/vae_decoder/model.onnx');
    const dice = new Dice(1);
    for (let trial = 0; trial < 50; trial++) {
      const cut = bytes.subarray(0, dice.below(bytes.length));
      await expect(opened(cut), `${cut.length} bytes`).rejects.toThrow(
        expect.objectContaining({ code: 'RXD_FILE_CORRUPT' }),
      );
    }
  });
});

describe('external data', () => {
  const data = new Uint8Array(16);

  it('lie beside the file or below', async () => {
    const beside = await opened(outside({ location: 'model.onnx_data' }), { 'unet/model.onnx_data': data });
    expect(beside?.bytes).toBe(8);
    const below = outside({ location: 'weights/w.bin', offset: '8', length: '8' });
    const file = await opened(below, { 'unet/weights/w.bin': data });
    const { external } = (await file?.read(['y'])) ?? {};
    expect(external).toEqual([{ location: 'weights/w.bin', data }]);
  });

  it.each([
    '../w.bin',
    '/etc/passwd',
    'a/../../w.bin',
    'C:\\w.bin',
    '..\\w.bin',
    './w.bin',
    '',
    'https://a.example/w',
    'w\0',
  ])('are refused at the place %j', async (location) => {
    const reads: string[] = [];
    const read = async (path: string) => {
      reads.push(path);
      return path === 'unet/model.onnx' ? outside({ location }) : data;
    };
    const opening = openModelFile(read, 'unet/model.onnx');
    await expect(opening).rejects.toThrow(expect.objectContaining({ code: 'RXD_FILE_CORRUPT' }));
    expect(reads).toEqual(['unet/model.onnx']);
  });

  it.each([
    ['a length that its shape has not', { length: '7' }],
    ['an offset that is no number', { offset: '-4' }],
    ['an offset beyond the file', { offset: '12' }],
    ['an offset beyond all files', { offset: '9'.repeat(30) }],
  ])('are refused with %s', async (_, entries) => {
    const opening = opened(outside({ location: 'w.bin', ...entries }), { 'unet/w.bin': data });
    await expect(opening).rejects.toThrow(expect.objectContaining({ code: 'RXD_FILE_CORRUPT' }));
  });

  it('that are not there are said', async () => {
    const opening = opened(outside({ location: 'w.bin' }));
    await expect(opening).rejects.toThrow(
      expect.objectContaining({ code: 'RXD_STORE_READ', message: expect.stringContaining('w.bin') as string }),
    );
  });
});
