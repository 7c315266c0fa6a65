type Notice = { readonly atMs: number; readonly sentence: string };

/** Counts that could not be used as they came, each told once with its running number. */
const COUNTED = {
  'too-late': (count: number) =>
    `${count} ${count === 1 ? 'report' : 'reports'} came more than two hours late and could not be used`,
  'more-than-units': (count: number) =>
    `${count} ${count === 1 ? 'event' : 'events'} beyond the conversations seen were left out: a conversation counts once per signal`,
  unusable: (count: number) =>
    `${count} ${count === 1 ? 'figure was' : 'figures were'} negative or not a number and left out`,
  'no-budget': (count: number) =>
    `${count} ${count === 1 ? 'cohort' : 'cohorts'} not known beforehand ${count === 1 ? 'counts' : 'count'} in the comparison across all cohorts only`,
} as const;
type CountedNotice = keyof typeof COUNTED;
const COUNTED_KINDS = ['too-late', 'more-than-units', 'unusable', 'no-budget'] as const;

export type SavedNotices = {
  readonly told: readonly Notice[];
  readonly counted: Readonly<Partial<Record<CountedNotice, { atMs: number; count: number }>>>;
};

export type NoticeBook = {
  tell(atMs: number, sentence: string): void;
  count(kind: CountedNotice, atMs: number, more: number): void;
  list(): readonly Notice[];
  save(): SavedNotices;
};

const MOST_TOLD = 200;

export function createNoticeBook(saved?: SavedNotices): NoticeBook {
  let told: Notice[] = saved ? [...saved.told] : [];
  const counted: Partial<Record<CountedNotice, { atMs: number; count: number }>> = {};
  for (const kind of COUNTED_KINDS) {
    const known = saved?.counted[kind];
    if (known) counted[kind] = { ...known };
  }
  return {
    tell(atMs, sentence) {
      told = [...told, { atMs, sentence }].slice(-MOST_TOLD);
    },
    count(kind, atMs, more) {
      const known = (counted[kind] ??= { atMs, count: 0 });
      known.count += more;
    },
    list() {
      const counts = COUNTED_KINDS.flatMap((kind) => {
        const known = counted[kind];
        return known ? [{ atMs: known.atMs, sentence: COUNTED[kind](known.count) }] : [];
      });
      return [...told, ...counts].toSorted((a, b) => a.atMs - b.atMs);
    },
    save() {
      const copy: Partial<Record<CountedNotice, { atMs: number; count: number }>> = {};
      for (const kind of COUNTED_KINDS) {
        const known = counted[kind];
        if (known) copy[kind] = { ...known };
      }
      return { told: [...told], counted: copy };
    },
  };
}
