import { SECTION_IDS, type Postmortem, type SectionText } from '#shared/model/postmortem.ts';

/**
 * Two answers about the same postmortem, joined: an answer asked for before a save may come after it, and must not bring the older text
 * back. Each section and the head count their own revisions; everything else is `next`'s.
 */
export function newest(held: Postmortem | null, next: Postmortem): Postmortem {
  if (held === null || held.incidentId !== next.incidentId) return next;
  const sections: Postmortem['sections'] = { ...next.sections };
  for (const id of SECTION_IDS) {
    const kept: SectionText | undefined = held.sections[id];
    if (kept && kept.revision > (next.sections[id]?.revision ?? 0)) sections[id] = kept;
  }
  const details = held.details.revision > next.details.revision ? held.details : next.details;
  return { ...next, sections, details };
}

/** When anything of it was saved last; null = never. */
export function savedAtMs({ sections, details, incident }: Postmortem): number | null {
  const times = [
    details.atMs,
    incident.note?.editedAtMs ?? null,
    ...Object.values(sections).map(({ atMs }) => atMs),
  ].filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}
