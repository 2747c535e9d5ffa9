/**
 * Every code that a `DiffusionError` can carry, with its meaning. Codes are stable; `docs/errors.md` explains each and
 * a test ties this table to that page both ways.
 */
export const ERROR_CODES = {
  RXD_PLUGIN_UNKNOWN: 'A recipe names a plugin or preset that the catalogue does not know.',
  RXD_PLUGIN_INVALID: 'A plugin is described wrongly: its config is no schema, or what it injects is no role.',
  RXD_PLUGIN_CONFIG: "A plugin's config does not fit its schema.",
  RXD_PLUGIN_DUPLICATE: 'Two plugins of one role have one name, or one slot is filled twice.',
  RXD_PLUGIN_MISSING: 'A role is needed and nothing fills it.',
  RXD_PLUGIN_CYCLE: 'Plugins depend on each other in a cycle.',
  RXD_PLUGIN_API_VERSION: 'A plugin was built for another version of the plugin contract.',
  RXD_PLUGIN_FAILED: 'A plugin threw or rejected.',
  RXD_PLUGIN_TIMEOUT: 'A promise of a plugin did not settle in time.',
  RXD_PLUGIN_OUTPUT: 'A plugin returned what it must not: a wrong shape or type, NaN or infinity.',
  RXD_COMBINATION: 'Plugins that cannot work together, found at assembly.',
  RXD_RECIPE_INVALID: 'A recipe does not have the form of a recipe.',
  RXD_SCHEDULER_CONFIG: 'A scheduler config of diffusers names what has no counterpart, or what cannot be.',
  RXD_FORMAT_VERSION: 'A recipe or checkpoint was written by a newer version of the format.',
  RXD_REQUEST_INVALID: 'A request to sample or train holds a value that cannot be.',
  RXD_CONDITION_INVALID: 'A condition (class label, …) is out of range or of the wrong kind.',
  RXD_LOAN_EXPIRED: 'A tensor lent by an event was used after the event.',
  RXD_ASSEMBLY_DISPOSED: 'A pipeline was used after it was disposed.',
  RXD_MEMORY_LIMIT: 'A pipeline or a run needs more memory than the limit.',
  RXD_ENGINE_UNAVAILABLE: 'The asked engine cannot run here.',
  RXD_ENGINE_FAILED: 'The engine failed while it computed.',
  RXD_DEVICE_LOST: 'A device that ran requests is gone.',
  RXD_FILE_CORRUPT: 'A file is truncated or does not keep to its format.',
  RXD_FORMAT_UNSUPPORTED: 'A file keeps to its format, in a form that this package does not read.',
  RXD_FILE_REFUSED: 'A file is not read: no regular file, a link out of its folder, or larger than the limit.',
  RXD_STORE_READ: 'A store has no such entry or cannot read it.',
  RXD_STORE_WRITE: 'A store could not write; what was there before is still there.',
  RXD_STORE_LOCKED: 'Another run is writing to the store.',
  RXD_RESUME_REFUSED: 'A run cannot go on, or start, as asked beside the checkpoints that are there.',
  RXD_PARAMETERS_MISMATCH: 'Weights do not fit the network: names or shapes differ.',
  RXD_DATASET_INVALID: 'A dataset holds something that it cannot serve.',
  RXD_IMAGES_INVALID: 'A post-processor got images that it cannot take.',
  RXD_DEPENDENCY_MISSING: 'An optional package is needed and not installed.',
  RXD_TAP_FAILED: 'A tap threw; it was detached and the run went on.',
  RXD_ABORTED: 'An AbortSignal cancelled a run, or the loading of weights.',
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_CODES;
