import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isSeq, parseAllDocuments, type Node } from 'yaml';

/**
 * A suite's file with one case added or replaced, and every other byte of it as it was: others own what else is in there. The result is
 * read back before it is given out; a file that cannot be changed like this is refused in words.
 */
export type Spliced =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

const refused = (problem: string): Spliced => ({ ok: false, problem });

type Plain = Readonly<Record<string, unknown>>;

/** Characters that YAML readers refuse or that hide in an editor: written as escapes. They stand in quoted strings alone. */
const UNPRINTABLE =
  /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff]|\p{Cs}/gu;

/** YAML with every string quoted, so that no reader of any YAML version takes one for a date, a number or a yes. */
function yamlText(value: unknown): string {
  const document = new Document(value);
  const text = document.toString({
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    blockQuote: false,
  });
  return escaped(text);
}

/** JSON whose hidden characters are escapes. */
function jsonText(value: unknown, indent?: number): string {
  return escaped(JSON.stringify(value, null, indent));
}

function escaped(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => String.raw`\u` + character.charCodeAt(index).toString(16).padStart(4, '0'),
    ).join(''),
  );
}

/** One entry of a list in a YAML file; `isSame` finds the entry to replace. `before` null = a new file. */
export function spliceYamlList(
  before: string | null,
  entry: Plain,
  isSame: (entry: unknown) => boolean,
): Spliced {
  if (before === null || before.trim() === '') return { ok: true, text: yamlText([entry]) };
  const read = yamlDocument(before);
  if (typeof read === 'string') return refused(read);
  const list = read.contents;
  if (!isSeq(list)) return refused('its top level is no list of cases');
  const values = read.toJS() as unknown[];
  const place = values.findIndex(isSame);
  const newline = before.includes('\r\n') ? '\r\n' : '\n';
  let text: string;
  if (list.flow === true) {
    text = spliceFlow(before, list, place, jsonText(entry));
  } else {
    const starts = itemStarts(list);
    if (!starts) return refused('its list cannot be told apart into entries');
    const column = columnOf(before, starts[0] ?? 0);
    const item = indented(yamlText([entry]).trimEnd(), column, newline);
    if (place === -1) {
      const head = before.endsWith('\n') ? before : before + newline;
      text = `${head}${' '.repeat(column)}${item}${newline}`;
    } else {
      const start = starts[place] ?? 0;
      const end = contentEnd(before, start, (list.items[place] as Node).range?.[1] ?? start);
      text = before.slice(0, start) + item + before.slice(end);
    }
  }
  const again = yamlDocument(text);
  return checked(text, typeof again === 'string' ? null : again.toJS(), values, place, entry);
}

/** One entry of a JSON array. */
export function spliceJsonList(
  before: string | null,
  entry: Plain,
  isSame: (entry: unknown) => boolean,
): Spliced {
  const mine = indented(jsonText(entry, 2), 2, '\n');
  if (before === null || before.trim() === '') return { ok: true, text: `[\n  ${mine}\n]\n` };
  const values = parsedJson(before);
  if (!Array.isArray(values)) return refused('it is no JSON list');
  const read = yamlDocument(before);
  if (typeof read === 'string' || !isSeq(read.contents)) return refused('it is no JSON list');
  const place = values.findIndex(isSame);
  const text = spliceFlow(before, read.contents, place, mine);
  return checked(text, parsedJson(text), values, place, entry);
}

/** One line of a JSON Lines file. Also says which line it is: OpenAI Evals knows samples by their place alone. */
export function spliceJsonLines(
  before: string | null,
  entry: Plain,
  isSame: (entry: unknown) => boolean,
): Spliced {
  const lines = (before ?? '').split('\n');
  const values = lines.map((line) => (line.trim() === '' ? undefined : parsedJson(line)));
  const broken = values.findIndex((value, index) => value === undefined && lines[index]?.trim() !== '');
  if (broken !== -1) return refused(`line ${broken + 1} is no JSON`);
  const place = values.findIndex((value) => value !== undefined && isSame(value));
  if (place !== -1) {
    const ending = lines[place]?.endsWith('\r') === true ? '\r' : '';
    return { ok: true, text: lines.with(place, jsonText(entry) + ending).join('\n') };
  }
  const head = before === null || before === '' || before.endsWith('\n') ? (before ?? '') : `${before}\n`;
  return { ok: true, text: `${head}${jsonText(entry)}\n` };
}

/** Keys that a YAML map must have; those it has are left as they are. */
export function ensureYamlKeys(before: string | null, entries: Plain): Spliced {
  if (before === null || before.trim() === '') return { ok: true, text: yamlText(entries) };
  const read = yamlDocument(before);
  if (typeof read === 'string') return refused(read);
  if (!isMap(read.contents) || read.contents.flow === true) return refused('its top level is no map');
  const known = read.toJS() as Plain;
  const missing = Object.fromEntries(Object.entries(entries).filter(([key]) => !(key in known)));
  if (Object.keys(missing).length === 0) return { ok: true, text: before };
  const text = (before.endsWith('\n') ? before : `${before}\n`) + yamlText(missing);
  const again = yamlDocument(text);
  return typeof again !== 'string' && isDeepStrictEqual(again.toJS(), { ...known, ...missing })
    ? { ok: true, text }
    : refused('an entry could not be added without touching the rest');
}

/** The 0-based line of the first value that `isSame`; -1 = none. */
export function lineOf(text: string, isSame: (entry: unknown) => boolean): number {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.findIndex((line) => isSame(parsedJson(line)));
}

/** Whether the text, read as the list it is, has the entry. */
export function hasEntry(text: string, isSame: (entry: unknown) => boolean): boolean {
  const read = yamlDocument(text);
  const values: unknown = typeof read === 'string' ? null : read.toJS();
  return Array.isArray(values) ? values.some(isSame) : lineOf(text, isSame) !== -1;
}

function yamlDocument(text: string): Document.Parsed | string {
  const documents = parseAllDocuments(text, { keepSourceTokens: true });
  const [first, ...others] = Array.isArray(documents) ? documents : [];
  if (!first || others.length > 0) return 'it is not exactly one YAML document';
  const [error] = first.errors;
  if (error) return `it cannot be read: ${error.message.split('\n')[0] ?? ''}`;
  try {
    // Aliases that unfold without end are refused here, not on the way.
    first.toJS();
    return first;
  } catch (cause) {
    return `it cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

/** Offsets of the dashes of a block list. */
function itemStarts(list: Node): number[] | null {
  const token = list.srcToken;
  if (token?.type !== 'block-seq') return null;
  const starts = token.items.map(
    ({ start }) => start.find(({ type }) => type === 'seq-item-ind')?.offset ?? null,
  );
  return starts.every((start) => start !== null) ? starts : null;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** The end of an entry without the blank lines and comments behind it, which belong to nobody or to the next one. */
function contentEnd(text: string, start: number, end: number): number {
  const lines = text.slice(start, end).split('\n');
  while (lines.length > 1 && /^\s*(?:#.*)?$/.test(lines.at(-1) ?? '')) lines.pop();
  const content = lines.join('\n');
  return start + content.replace(/\r$/, '').length;
}

function indented(text: string, columns: number, newline: string): string {
  return text.split('\n').join(newline + ' '.repeat(columns));
}

/** A list in brackets: an entry is replaced where it stands, a new one goes behind the last. */
function spliceFlow(before: string, list: Node, place: number, entry: string): string {
  const items = isSeq(list) ? (list.items as Node[]) : [];
  const range = (index: number) => items[index]?.range ?? [0, 0, 0];
  if (place !== -1) {
    const [start, end] = range(place);
    return before.slice(0, start) + entry + before.slice(end);
  }
  if (items.length === 0) {
    const open = before.indexOf('[', list.range?.[0] ?? 0) + 1;
    return `${before.slice(0, open)}\n  ${entry}\n${before.slice(before.indexOf(']', open))}`;
  }
  const end = range(items.length - 1)[1];
  return `${before.slice(0, end)},\n  ${entry}${before.slice(end)}`;
}

/** The file as it would be, read again: the entry as given, every other one as it was and where it was. */
function checked(
  text: string,
  after: unknown,
  before: readonly unknown[],
  place: number,
  entry: Plain,
): Spliced {
  const wanted = place === -1 ? [...before, entry] : before.with(place, entry);
  return isDeepStrictEqual(after, wanted)
    ? { ok: true, text }
    : refused('the case could not be put in without touching the others');
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
