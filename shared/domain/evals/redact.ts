import type { PersonalKind, RedactionRecord } from '#shared/model/eval-case.ts';

/** A place that says something about a person. Offsets are UTF-16 units of the original text. */
export type PersonalSpan = {
  readonly start: number;
  readonly end: number;
  readonly kind: PersonalKind;
  readonly original: string;
  /** What stands there instead; the original itself where the person keeps it. */
  readonly standIn: string;
  readonly isKept: boolean;
};

export type Redacted = { readonly text: string; readonly spans: readonly PersonalSpan[] };

export type RedactionChoices = {
  /** Names the person knows of, wherever they stand. */
  readonly names: readonly string[];
  /** Originals that stay: the person's decision. */
  readonly keep: readonly string[];
};

type Found = { readonly start: number; readonly end: number; readonly kind: PersonalKind };
type Rule = {
  readonly kind: PersonalKind;
  readonly pattern: RegExp;
  /** Which capture group is the place; 0 = all of it. */
  readonly group: number;
  readonly isReal?: (match: string) => boolean;
};

const NAME_PART = String.raw`\p{Lu}(?:['’]\p{Lu})?\p{Ll}+(?:['’-]\p{L}+)*`;
const NAME = `${NAME_PART}(?: ${NAME_PART}){0,2}`;
const TITLE = String.raw`(?:(?:Mr|Mrs|Ms|Dr|Prof|Frau|Herr|Mme|M)\.? )?`;
const GREETING =
  'Dear|Hi|Hello|Hey|Hallo|Liebe|Lieber|Sehr geehrte|Sehr geehrter|Bonjour|Hola|Good (?:morning|afternoon|evening)';
const INTRODUCTION = String.raw`[Mm]y name is|I am|I['’]m|[Tt]his is|[Ii]ch bin|[Ii]ch heiße|[Mm]ein Name ist|[Jj]e m['’]appelle|[Mm]e llamo`;
const STREET = String.raw`(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Boulevard|Blvd|Drive|Dr|Court|Ct|Square|Way)\b\.?`;

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** In order: what an earlier rule took, a later one leaves alone. */
const RULES: readonly Rule[] = [
  { kind: 'email', group: 0, pattern: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu },
  { kind: 'iban', group: 0, pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g },
  { kind: 'card', group: 0, pattern: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, isReal: passesLuhn },
  {
    kind: 'address',
    group: 0,
    pattern: new RegExp(String.raw`\b\d{1,5}[a-z]? (?:\p{Lu}[\p{L}'’.-]* ){1,4}${STREET}`, 'gu'),
  },
  {
    kind: 'address',
    group: 0,
    pattern: /\b\p{Lu}[\p{L}-]*(?:straße|strasse|weg|platz|gasse|allee)\s+\d{1,4}[a-z]?\b/gu,
  },
  {
    kind: 'phone',
    group: 0,
    pattern: /(?<![\p{L}\p{N}.,-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\p{L}\p{N}]|[-.,]\d)/gu,
    isReal: looksLikePhone,
  },
  { kind: 'number', group: 0, pattern: /\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi },
  {
    kind: 'number',
    group: 0,
    pattern: /(?<![\p{L}\p{N}])(?:\p{Lu}{2,6}[-_ ]?)?\d{4,}(?:-\d{2,})*(?![\p{L}\p{N}]|[.,]\d)/gu,
    isReal: looksLikeIdentifier,
  },
  {
    kind: 'name',
    group: 1,
    pattern: new RegExp(String.raw`\b(?:${GREETING}),? ${TITLE}(${NAME})`, 'gu'),
    isReal: isLikelyName,
  },
  {
    kind: 'name',
    group: 1,
    pattern: new RegExp(String.raw`(?:^|[^\p{L}])(?:${INTRODUCTION}) ${TITLE}(${NAME})`, 'gu'),
    isReal: isLikelyName,
  },
  { kind: 'name', group: 1, pattern: new RegExp(String.raw`\((${NAME})\)\s*$`, 'gu'), isReal: isLikelyName },
];

/** Words with a capital that follow a greeting or an introduction without being anyone's name. */
const NOT_NAMES = new Set(
  'There Team All Everyone Everybody Customer Sir Madam Support Friend Folks Again The A An Not Very Still Sorry Your You We It This That State Hello Hi Hey Dear'.split(
    ' ',
  ),
);

const STAND_IN_NAMES = ['Alex', 'Robin', 'Sam', 'Kim', 'Jo', 'Charlie', 'Jamie', 'Noor'];
const STAND_IN_FORMS: readonly RegExp[] = [
  /^person\d+@example\.com$/,
  /^\+1 555 01\d\d$/,
  /^0000 0000 0000 \d{4}$/,
  /^XX00 0000 0000 0000 \d{2}$/,
  /^\d+ Example Street$/,
];

/**
 * Finds what says something about a person and puts a stand-in of the same kind there, the same one for the same original in every
 * text, so that "greets by name" can still be asked. Patterns miss what nobody thought of: the result is shown to a person as a
 * difference before anything is saved. Running it again on its own result changes nothing.
 */
export function redact(texts: readonly string[], choices: RedactionChoices): Redacted[] {
  const names = [...new Set([...choices.names.map((name) => name.trim()), ...texts.flatMap(namesIn)])].filter(
    (name) => name !== '' && !isStandIn('name', name),
  );
  const standIns = new Map<string, string>();
  const counts = new Map<PersonalKind, number>();
  const taken = new Set(texts.flatMap((text) => STAND_IN_NAMES.filter((name) => text.includes(name))));
  const standInFor = (kind: PersonalKind, original: string): string => {
    const key = `${kind}:${original}`;
    const known = standIns.get(key);
    if (known !== undefined) return known;
    const index = counts.get(kind) ?? 0;
    counts.set(kind, index + 1);
    const made = standIn(kind, index, original, taken);
    standIns.set(key, made);
    return made;
  };
  return texts.map((text) => {
    const spans = placesIn(text, names).map(({ start, end, kind }): PersonalSpan => {
      const original = text.slice(start, end);
      const isKept = choices.keep.includes(original);
      return { start, end, kind, original, isKept, standIn: isKept ? original : standInFor(kind, original) };
    });
    let redacted = '';
    let at = 0;
    for (const span of spans) {
      redacted += text.slice(at, span.start) + span.standIn;
      at = span.end;
    }
    return { text: redacted + text.slice(at), spans };
  });
}

/** What is kept about a redaction: how many of which kind, never what stood there. */
export function redactionRecord(redacted: readonly Redacted[], isConfirmed: boolean): RedactionRecord {
  const count = (isKept: boolean) => {
    const counts: Partial<Record<PersonalKind, number>> = {};
    for (const span of redacted.flatMap(({ spans }) => spans)) {
      if (span.isKept === isKept) counts[span.kind] = (counts[span.kind] ?? 0) + 1;
    }
    return counts;
  };
  return { replaced: count(false), kept: count(true), isConfirmed };
}

function namesIn(text: string): string[] {
  return RULES.filter(({ kind }) => kind === 'name').flatMap((rule) =>
    matches(text, rule).map(({ start, end }) => text.slice(start, end)),
  );
}

/** Places in order of appearance, none over another. */
function placesIn(text: string, names: readonly string[]): Found[] {
  const found: Found[] = [];
  const add = (place: Found) => {
    if (found.every(({ start, end }) => place.end <= start || place.start >= end)) found.push(place);
  };
  for (const rule of RULES) for (const place of matches(text, rule)) add(place);
  // Longer names first, or "Ana" would split "Ana Maria".
  for (const name of names.toSorted((a, b) => b.length - a.length)) {
    const pattern = new RegExp(String.raw`(?<![\p{L}\p{N}])${escapeRegex(name)}(?![\p{L}\p{N}])`, 'giu');
    for (const match of text.matchAll(pattern)) {
      add({ start: match.index, end: match.index + match[0].length, kind: 'name' });
    }
  }
  return found
    .filter(({ start, end, kind }) => !isStandIn(kind, text.slice(start, end)))
    .toSorted((a, b) => a.start - b.start);
}

function matches(text: string, { kind, pattern, group, isReal }: Rule): Found[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const value = match[group];
    if (value === undefined || (isReal && !isReal(value))) return [];
    const start = match.index + match[0].lastIndexOf(value);
    return [{ start, end: start + value.length, kind }];
  });
}

function standIn(kind: PersonalKind, index: number, original: string, taken: ReadonlySet<string>): string {
  const number = index + 1;
  switch (kind) {
    case 'email':
      return `person${number}@example.com`;
    case 'phone':
      return `+1 555 01${String(number % 100).padStart(2, '0')}`;
    case 'card':
      return `0000 0000 0000 ${String(number % 10_000).padStart(4, '0')}`;
    case 'iban':
      return `XX00 0000 0000 0000 ${String(number % 100).padStart(2, '0')}`;
    case 'address':
      return `${number} Example Street`;
    case 'name': {
      const free = STAND_IN_NAMES.filter((name) => !taken.has(name));
      return free[index] ?? `Person${number}`;
    }
    case 'number': {
      // The same shape: a parser that reads it must still be able to.
      const digits = original.replaceAll(/\D/g, '').length;
      const filled = String(number).padStart(digits, '0').slice(-digits);
      let at = 0;
      const shaped = original.replaceAll(/\d/g, () => filled[at++] ?? '0');
      return UUID.test(original) ? shaped.replaceAll(/[a-f]/gi, '0') : shaped;
    }
  }
}

function isStandIn(kind: PersonalKind, text: string): boolean {
  if (kind === 'name') return STAND_IN_NAMES.includes(text) || /^Person\d+$/.test(text);
  if (kind === 'number') return /^0{2}[\d-]*$/.test(text.replaceAll(/[^\d-]/g, '').replace(/^-+/, ''));
  return STAND_IN_FORMS.some((form) => form.test(text));
}

function isLikelyName(text: string): boolean {
  return !NOT_NAMES.has(text.split(' ')[0] ?? '');
}

function looksLikePhone(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '').length;
  // A date, what is numbered by year, or a bare number is no telephone number.
  return digits >= 7 && digits <= 15 && !/^(?:19|20)\d{2}-/.test(text) && /[ ()/+-]/.test(text.trim());
}

function looksLikeIdentifier(text: string): boolean {
  return !/^(?:19|20)\d{2}(?:-(?:0[1-9]|1[0-2])(?:-\d{2})?)?$/.test(text);
}

/** The check digit of payment cards (ISO/IEC 7812-1, Luhn). */
function passesLuhn(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  let sum = 0;
  for (const [place, digit] of digits.split('').toReversed().entries()) {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
