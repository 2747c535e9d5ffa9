const NAME = /^checkpoint-(?:(.+)-)?(\d{8,})\.safetensors$/;

/** What the name of a checkpoint in a store says. */
export interface CheckpointName {
  readonly name: string;
  readonly step: number;
  /** The run, where the name says it: the first run of a store has plain names, those after it are named. */
  readonly label: string | undefined;
}

/** `checkpoint-00000800.safetensors`, or `checkpoint-RUN-00000800.safetensors`. */
export function checkpointName(step: number, label?: string): string {
  return `checkpoint-${label === undefined ? '' : `${label}-`}${String(step).padStart(8, '0')}.safetensors`;
}

/** The checkpoints among names of a store, by step. */
export function checkpointsAmong(names: readonly string[]): readonly CheckpointName[] {
  return names.flatMap(parsed).toSorted((a, b) => a.step - b.step);
}

function parsed(name: string): readonly CheckpointName[] {
  const match = NAME.exec(name);
  const step = Number(match?.[2]);
  // A step that no number holds, or with more zeros than are written, is of no run of this package.
  return match && checkpointName(step, match[1]) === name ? [{ name, step, label: match[1] }] : [];
}
