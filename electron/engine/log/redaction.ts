/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** Shapes of tokens that vendors give out; the second line behind the exact values. */
const TOKEN_SHAPES = [
  /\b(?:sk|pk|lsv2|lf|api|sdk|mob|xox[abprs]|ghp|gho|glpat|key)[-_][A-Za-z0-9_-]{16,}/g,
  /[*\w-]+:[\w-]+\.[A-Fa-f0-9]{32,}\b/g,
  /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g,
];
/** Shorter values would turn the log into holes. */
const MIN_SECRET_LENGTH = 6;

/** The spellings in which a secret may turn up in a line of text. */
function spellingsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    base64,
    base64.replaceAll('=', ''),
    Buffer.from(secret).toString('base64url'),
  ];
}

/**
 * The filter in front of the log file: takes out every live secret, raw and encoded, and what looks like a token.
 * It works at the sink, so that neither a level nor a forgotten call site can go around it.
 */
export function createRedactor(secrets: () => Iterable<string>): (line: string) => string {
  const known = new Map<string, string[]>();
  return (line) => {
    let clean = line;
    for (const secret of secrets()) {
      if (secret.length < MIN_SECRET_LENGTH) continue;
      let spellings = known.get(secret);
      if (!spellings) {
        spellings = [...new Set(spellingsOf(secret))].toSorted((a, b) => b.length - a.length);
        known.set(secret, spellings);
      }
      for (const spelling of spellings) clean = clean.replaceAll(spelling, REDACTED);
    }
    for (const shape of TOKEN_SHAPES) clean = clean.replace(shape, REDACTED);
    return clean;
  };
}
