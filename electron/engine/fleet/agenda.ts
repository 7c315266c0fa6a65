/** Things due at a time, handed out when it has come. Kept by whole seconds, so that adding and taking cost nothing to speak of. */
export type Agenda<T> = {
  add(dueMs: number, item: T): void;
  /** Everything due at or before `nowMs`, second by second. */
  take(nowMs: number): T[];
  readonly size: number;
};

const SLOT_MS = 1_000;

export function createAgenda<T>(): Agenda<T> {
  const slots = new Map<number, { dueMs: number; item: T }[]>();
  let firstSlot = Number.POSITIVE_INFINITY;
  let size = 0;

  return {
    add(dueMs, item) {
      const slot = Math.floor(dueMs / SLOT_MS);
      const list = slots.get(slot);
      if (list) list.push({ dueMs, item });
      else slots.set(slot, [{ dueMs, item }]);
      firstSlot = Math.min(firstSlot, slot);
      size += 1;
    },
    take(nowMs) {
      const due: T[] = [];
      const lastSlot = Math.floor(nowMs / SLOT_MS);
      if (size === 0) return due;
      for (let slot = firstSlot; slot <= lastSlot; slot += 1) {
        const list = slots.get(slot);
        if (!list) continue;
        const later = list.filter(({ dueMs }) => dueMs > nowMs);
        for (const { dueMs, item } of list) if (dueMs <= nowMs) due.push(item);
        if (later.length > 0) slots.set(slot, later);
        else slots.delete(slot);
      }
      size -= due.length;
      firstSlot = slots.has(lastSlot) ? lastSlot : lastSlot + 1;
      return due;
    },
    get size() {
      return size;
    },
  };
}
