import { createContext, use, useState } from 'react';
import type { PrintOutcome } from '#shared/model/desktop.ts';

/** How the host makes a PDF of the page as it prints; null = it leaves that to the browser's own print window. */
export type PrintPdf = ((name: string) => Promise<PrintOutcome>) | null;
const PrintContext = createContext<PrintPdf>(null);
export const PrintProvider = PrintContext.Provider;

export type Printing = {
  /** `name` is what the file is called, without its ending. */
  print(name: string): void;
  /** What came of it, in words; null = nothing to say. */
  readonly said: string | null;
};

/** Prints the page: to a PDF through the host where it can, else through the browser. */
export function usePrint(): Printing {
  const printPdf = use(PrintContext);
  const [said, setSaid] = useState<string | null>(null);
  return {
    said,
    print(name) {
      if (printPdf === null) {
        window.print();
        return;
      }
      setSaid(null);
      printPdf(name).then(
        (outcome) => setSaid(wordsOf(outcome)),
        (error: unknown) => setSaid(wordsOf({ state: 'failed', detail: String(error) })),
      );
    },
  };
}

function wordsOf(outcome: PrintOutcome): string | null {
  switch (outcome.state) {
    case 'saved':
      return `saved as ${outcome.name}`;
    case 'cancelled':
      return null;
    case 'failed':
      return `Not saved as PDF: ${outcome.detail}`;
  }
}
