const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;

/**
 * A new operation id: 80 random bits in Crockford's base 32, short enough to read out. Made once per press and kept for
 * every repeat of it, so that the engine applies the command once.
 */
export function createOperationId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  return `op-${Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}
