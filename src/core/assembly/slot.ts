const KEY = /^([^\s:]+)(?::([^\s:]+))?$/;

/** A slot's key taken apart. */
export interface SlotKey {
  readonly role: string;
  readonly label?: string;
}

/** Whether a recipe's key has the form `role` or `role:label`. */
export function isSlotKey(key: string): boolean {
  return KEY.test(key);
}

/** Takes a key apart that `isSlotKey`. */
export function splitSlotKey(key: string): SlotKey {
  const [, role = key, label] = KEY.exec(key) ?? [];
  return label === undefined ? { role } : { role, label };
}

/** The key of a role's slot, plain or labelled. */
export function slotKey(role: string, label?: string): string {
  return label === undefined ? role : `${role}:${label}`;
}
