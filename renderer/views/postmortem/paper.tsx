import type { Block } from '#shared/domain/postmortem/document.ts';
import { visiblePieces } from '#renderer/parts/visible-text.ts';
import { assertNever } from '#shared/lib/assert-never.ts';
import './paper.css';

/** The document as it prints: text nodes only, the same blocks as in Markdown and HTML. */
export function Paper({ blocks }: { readonly blocks: readonly Block[] }) {
  return (
    <article className="fb-paper" aria-label="Postmortem as it prints">
      {blocks.map((block, index) => (
        // Blocks of a fixed document have no other identity than their place.
        <PaperBlock key={index} block={block} />
      ))}
    </article>
  );
}

function PaperBlock({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'title':
      return (
        <h2 className="fb-paper-title">
          <Plain text={block.text} />
        </h2>
      );
    case 'heading':
      return block.level === 2 ? <h3>{block.text}</h3> : <h4>{block.text}</h4>;
    case 'text':
      return (
        <p data-missing={block.isMissing || undefined}>
          <Plain text={block.text} />
        </p>
      );
    case 'facts':
      return (
        <dl>
          {block.rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <Plain text={value} />
              </dd>
            </div>
          ))}
        </dl>
      );
    case 'table':
      return (
        <table>
          <thead>
            <tr>
              {block.head.map((cell) => (
                <th key={cell} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {block.rows.map((cells, row) => (
              <tr key={row}>
                {cells.map((cell, column) => (
                  <td key={column}>
                    <Plain text={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    default:
      return assertNever(block, 'block');
  }
}

/** Hidden and direction-changing characters by their code. */
function Plain({ text }: { readonly text: string }) {
  return visiblePieces(text).map((piece, index) =>
    piece.kind === 'plain' ? piece.text : <code key={index}>{piece.code}</code>,
  );
}
