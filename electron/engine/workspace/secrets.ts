import type { SecretRef } from '#shared/model/workspace.ts';
import { SourceError } from '../connectors/kind.ts';

/** Entries are stored under this service name, the account being the name written in the workspace. */
const KEYCHAIN_SERVICE = 'fusebox';

export type SecretReader = {
  /** The secret's value, read where it lives at each call. Throws SourceError saying what is missing and where. */
  read(ref: SecretRef): Promise<string>;
  /** Can it be read at all? Without reading a keychain, which may ask the person. Null = as far as can be told, yes. */
  problemOf(ref: SecretRef): string | null;
  /** Every value read so far, for the filter in front of the log. */
  seen(): Iterable<string>;
};

/** Secrets from environment variables and the system's keychain. Nothing is ever written. */
export function createSecretReader(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}): SecretReader {
  const seen = new Set<string>();
  const platform = options.platform ?? process.platform;
  const fromEnv = (name: string) => {
    const value = options.env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  };
  return {
    async read(ref) {
      const value = 'env' in ref ? fromEnv(ref.env) : await readKeychain(ref.keychain, platform);
      if (value === null)
        throw new SourceError(
          'env' in ref
            ? `The environment variable ${ref.env} is not set.`
            : `The keychain has no entry "${ref.keychain}" of the service "${KEYCHAIN_SERVICE}".`,
          {
            fix:
              'env' in ref
                ? `Set ${ref.env} where Fusebox is started.`
                : `Add it, for example: ${exampleFor(platform, ref.keychain)}`,
          },
        );
      seen.add(value);
      return value;
    },
    problemOf: (ref) =>
      'env' in ref && fromEnv(ref.env) === null ? `the environment variable ${ref.env} is not set` : null,
    seen: () => seen,
  };
}

const exampleFor = (platform: NodeJS.Platform, account: string) =>
  platform === 'darwin'
    ? `security add-generic-password -s ${KEYCHAIN_SERVICE} -a ${account} -w`
    : platform === 'win32'
      ? `cmdkey /generic:${account}.${KEYCHAIN_SERVICE} /user:${account} /pass`
      : `secret-tool store --label Fusebox service ${KEYCHAIN_SERVICE} username ${account}`;

async function readKeychain(account: string, platform: NodeJS.Platform): Promise<string | null> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    // Left to itself it falls back to the kernel's keyring without saying so, which forgets at a reboot and fails erratically.
    const entry = new AsyncEntry(
      KEYCHAIN_SERVICE,
      account,
      platform === 'linux' ? { linux: { store: 'secret-service' } } : undefined,
    );
    return (await entry.getPassword()) ?? null;
  } catch (error) {
    throw new SourceError('The keychain cannot be read.', {
      fix:
        platform === 'linux'
          ? 'No Secret Service answers (GNOME Keyring or KWallet, unlocked, on the session bus). Without one, write { env: NAME } instead of { keychain: … }.'
          : 'Unlock it and allow Fusebox to read it, or write { env: NAME } instead of { keychain: … }.',
      cause: error,
    });
  }
}
