/** A config without the keys that start with an underscore (`_class_name`, `_diffusers_version`): notes of whoever wrote it. */
export function withoutNotes(json: unknown): unknown {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? Object.fromEntries(Object.entries(json).filter(([key]) => !key.startsWith('_')))
    : json;
}
