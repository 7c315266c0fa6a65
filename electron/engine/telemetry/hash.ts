const words = new Uint32Array(2);
const key = new BigInt64Array(words.buffer);

/**
 * 64-bit key of a text, for joins in the store: two murmur-style lanes (after cyrb53, public domain). Stored in the database file,
 * so it must never change; not meant to resist someone who searches for collisions (the receiver is loopback and append-only).
 */
export function key64(text: string): bigint {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  words[0] = a;
  words[1] = b;
  return key[0] ?? 0n;
}
