import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longer than five seconds; those that wait for something come first of all. */
const LONG = [
  'pipelines/parallel/hung-devices',
  'reliability/ends',
  'docs/code-blocks',
  'reliability/memory',
  'plugins/engines/onnxruntime',
  'cli/points',
  'plugins/samplers/conformance',
  'examples/examples',
  'plugins/engines/onnxruntime-web',
  'cli/program',
  'reliability/numbers',
  'golden/unet2d',
];

/** Begins with the long files, so that all workers end together. */
export default class LongFirstSequencer extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const turn = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place < 0 ? LONG.length : place;
    };
    // Files of one project in a row: its processes go on then.
    return Promise.resolve(files.toSorted((a, b) => a.project.name.localeCompare(b.project.name) || turn(a) - turn(b)));
  }
}
