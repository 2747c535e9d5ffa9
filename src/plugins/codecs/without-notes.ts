/** A `config.json` without keys with an underscore in front (`_class_name`, …), which are notes of whoever wrote the file. */
export const withoutNotes = (json: unknown): unknown =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
    ? Object.fromEntries(Object.entries(json).filter(([key]) => !key.startsWith('_')))
    : json;
