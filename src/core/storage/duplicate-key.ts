/** The first key that an object at the top level of JSON text has twice: `JSON.parse` would keep the last silently. */
export function duplicateKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const [token, colon] = match;
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && colon !== undefined) {
      const key = token.slice(0, token.lastIndexOf('"') + 1);
      if (seen.has(key)) return key.slice(1, -1);
      seen.add(key);
    }
  }
  return undefined;
}
