import { PAGE_LINE, WATCH_LINE } from '#shared/domain/detection/lines.ts';
import { sigmaOfTail } from '#shared/domain/detection/normal.ts';

const inSigma = (line: number) => Math.round(sigmaOfTail(1 / line) * 100) / 100;

/** The detector's two lines in anytime sigma, as every strip and sentence of the page shows them. */
export const SIGMA_LINES = { watch: inSigma(WATCH_LINE), page: inSigma(PAGE_LINE) } as const;
