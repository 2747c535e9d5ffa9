/** One run of a sampler that k-diffusion recorded in double precision: the format of `kdiffusion.json`. */
export interface KDiffusionCase {
  /** `sample_` and the sampler's name there. */
  readonly sampler: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Levels of a run on a given grid, the last one 0; absent where the sampler owns its grid. */
  readonly sigmas?: readonly number[];
  readonly xT: readonly number[];
  readonly calls: readonly { readonly sigma: number }[];
  readonly noise?: readonly { readonly z: readonly number[] }[];
  /** States at the start of each step. */
  readonly atCallback: readonly { readonly sigma: number; readonly x: readonly number[] }[];
  readonly final: readonly number[];
}

/** A file of such runs. */
export interface KDiffusionFile {
  readonly 'k-diffusion': string;
  /** Whose samplers they are; k-diffusion’s where absent. */
  readonly library?: string;
  readonly cases: readonly KDiffusionCase[];
}

/** Whether some JSON is such a file. */
export function isKDiffusionFile(json: object): json is KDiffusionFile {
  return 'k-diffusion' in json && 'cases' in json && Array.isArray(json.cases);
}
