/** Proves at compile time that a union is handled in full; throws at run time when data broke the type. */
export function assertNever(value: never, what = 'case'): never {
  throw new Error(`Unhandled ${what}: ${JSON.stringify(value)}`);
}
