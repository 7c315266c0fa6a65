import { assertNever } from '#shared/lib/assert-never.ts';
import type { Block } from './document.ts';
import { withoutControls } from './visible.ts';

/** Black on white, page margins, no row torn apart; nothing is loaded and nothing runs. */
const STYLE = `
body{font:11pt/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;border-bottom:1px solid #999;margin-top:1.6rem}h3{font-size:1rem;margin-bottom:.2rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.25rem .4rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.15rem .6rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
p{white-space:pre-line;overflow-wrap:anywhere}.missing{font-style:italic;border-left:3px solid #111;padding-left:.6rem}
@page{margin:18mm}@media print{body{max-width:none;margin:0;padding:0}h2,h3{break-after:avoid}tr,dt,dd{break-inside:avoid}thead{display:table-header-group}}
`;

/**
 * A document as one HTML page that prints well by itself. Its policy allows the page's own style and nothing else: no script, no image,
 * no request. Every text is escaped, and there are no links.
 */
export function toHtml(blocks: readonly Block[], title: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    ...blocks.map(blockText),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${escaped(block.text)}</h1>`;
    case 'heading':
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case 'text':
      return `<p${block.isMissing ? ' class="missing"' : ''}>${escaped(block.text)}</p>`;
    case 'facts':
      return `<dl>${block.rows.map(([label, value]) => `<dt>${escaped(label)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
    case 'table': {
      const head = block.head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
      const rows = block.rows.map(
        (cells) => `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
      );
      return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
    }
    default:
      return assertNever(block, 'block');
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return withoutControls(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
