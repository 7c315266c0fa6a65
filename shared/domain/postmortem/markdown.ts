import { assertNever } from '#shared/lib/assert-never.ts';
import type { Block } from './document.ts';
import { withoutControls } from './visible.ts';

/** A document as Markdown (CommonMark with GFM tables). Every text is escaped: no markup, HTML or link of theirs works. */
export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `# ${inline(block.text)}`;
    case 'heading':
      return `${'#'.repeat(block.level)} ${inline(block.text)}`;
    case 'text':
      return block.isMissing ? paragraphs(block.text, (line) => `*${line}*`) : paragraphs(block.text);
    case 'facts':
      return block.rows.map(([label, value]) => `- **${inline(label)}:** ${inline(value)}`).join('\n');
    case 'table':
      return [
        row(block.head),
        `|${block.head.map(() => ' --- |').join('')}`,
        ...block.rows.map((cells) => row(cells)),
      ].join('\n');
    default:
      return assertNever(block, 'block');
  }
}

/** Blank lines part paragraphs; a line break stays one (a back-slash before the line's end). */
function paragraphs(text: string, dress: (line: string) => string = (line) => line): string {
  return withoutControls(text)
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .split('\n')
        .map((line) => escaped(line.trim()))
        .filter((line) => line !== '')
        .map(dress)
        .join('\\\n'),
    )
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(inline).join(' | ')} |`;
}

function inline(text: string): string {
  return escaped(withoutControls(text).replaceAll(/\s+/g, ' ').trim());
}

/**
 * CommonMark 2.4: any ASCII punctuation may be escaped with a back-slash. `:` and `.` are escaped only where a bare address would become
 * a link by itself (GFM 6.9); `&` and `<` become entities, so that no HTML begins; digits and signs that would begin a list, too.
 */
function escaped(line: string): string {
  return line
    .replaceAll(/[\\`*_{}[\]#!|~$>]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('://', '\\://')
    .replaceAll(/\b(www)\./gi, '$1\\.')
    .replaceAll('@', '&#64;')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}
