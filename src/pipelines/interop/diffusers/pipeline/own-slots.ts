/** Slots that no folder says, as a reading fills them. */
export const OWN_SLOTS = { engine: 'auto', noise: 'philox', postProcessor: ['to-pixels'] } as const;
