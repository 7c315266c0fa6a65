import type { ActionItem } from '#shared/model/action-item.ts';
import { type ItemAge, itemAgeSchema, type ItemAgeing } from '#shared/model/history.ts';
import { dueAtMs, isUnfinished } from './audit.ts';

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;

/** Each age with the first moment that is too old for it. */
const AGES: readonly { readonly age: ItemAge; readonly belowMs: number }[] = [
  { age: 'under-1-week', belowMs: WEEK_MS },
  { age: '1-to-4-weeks', belowMs: 4 * WEEK_MS },
  { age: '4-to-12-weeks', belowMs: 12 * WEEK_MS },
  { age: 'over-12-weeks', belowMs: Infinity },
];

type Aged = Pick<ActionItem, 'state' | 'owner' | 'dueOn' | 'createdAtMs'>;

/** How old the unfinished items are, how many are overdue, and whose they are. Deterministic, whatever order they come in. */
export function itemAgeing(items: readonly Aged[], nowMs: number): ItemAgeing {
  const ages = new Map(itemAgeSchema.options.map((age) => [age, { age, unfinished: 0, overdue: 0 }]));
  const owners = new Map<string | null, ItemAgeing['owners'][number]>();
  let unfinished = 0;
  let overdue = 0;
  for (const item of items) {
    if (!isUnfinished(item)) continue;
    const late = (dueAtMs(item.dueOn) ?? Infinity) < nowMs ? 1 : 0;
    // A clock that went back makes nothing younger than new.
    const oldMs = Math.max(0, nowMs - item.createdAtMs);
    unfinished += 1;
    overdue += late;
    const age = ages.get(AGES.find(({ belowMs }) => oldMs < belowMs)?.age ?? 'over-12-weeks');
    if (age) {
      age.unfinished += 1;
      age.overdue += late;
    }
    const owner = owners.get(item.owner) ?? { owner: item.owner, unfinished: 0, overdue: 0, oldestDays: 0 };
    owner.unfinished += 1;
    owner.overdue += late;
    owner.oldestDays = Math.max(owner.oldestDays, Math.floor(oldMs / DAY_MS));
    owners.set(item.owner, owner);
  }
  return {
    unfinished,
    overdue,
    ages: [...ages.values()],
    owners: [...owners.values()].toSorted(
      (a, b) =>
        b.overdue - a.overdue ||
        b.unfinished - a.unfinished ||
        b.oldestDays - a.oldestDays ||
        ((a.owner ?? '') < (b.owner ?? '') ? -1 : 1),
    ),
  };
}
