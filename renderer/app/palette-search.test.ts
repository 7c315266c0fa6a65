import { expect, it } from 'vitest';
import { searchPalette, type PaletteEntry } from './palette-search.ts';

const entry = (label: string, description?: string): PaletteEntry => ({
  id: label,
  label,
  description,
  run: () => undefined,
});
const groups = [
  { title: 'Here', entries: [entry('Close incident'), entry('Incident note')] },
  { title: 'Prompts', entries: [entry('customer_support_agent', 'support-api, Mira Novak')] },
];
const found = (query: string) =>
  searchPalette(groups, query).flatMap((group) => group.entries.map(({ label }) => label));

it('finds by any words in any order, in names and descriptions', () => {
  expect(found('')).toHaveLength(3);
  expect(found('mira agent')).toEqual(['customer_support_agent']);
  expect(found('INC')).toEqual(['Incident note', 'Close incident']);
  expect(found('nothing like it')).toEqual([]);
});
