/** Errors of the network in the words of the person who has to act on them. */
export type NetworkTrouble = { readonly message: string; readonly fix: string };

const WORDS: Record<string, NetworkTrouble> = {
  ECONNREFUSED: {
    message: 'nothing answers at its address',
    fix: 'Is the server running? Check host and port in baseUrl.',
  },
  ENOTFOUND: {
    message: 'its host name does not exist',
    fix: 'Check the host name in baseUrl, and the network (VPN?).',
  },
  EAI_AGAIN: { message: 'its host name could not be looked up', fix: 'Check the network (VPN, DNS).' },
  EHOSTUNREACH: { message: 'its host cannot be reached', fix: 'Check the network (VPN?).' },
  ENETUNREACH: { message: 'the network cannot be reached', fix: 'Check the network (VPN?).' },
  UND_ERR_CONNECT_TIMEOUT: {
    message: 'no connection came about in time',
    fix: 'Check the network (VPN, firewall).',
  },
  ECONNRESET: { message: 'the connection was cut', fix: 'Check the server and any proxy before it.' },
  EPIPE: { message: 'the connection was cut', fix: 'Check the server and any proxy before it.' },
  UND_ERR_SOCKET: { message: 'the connection was cut', fix: 'Check the server and any proxy before it.' },
  CERT_HAS_EXPIRED: { message: 'its certificate has expired', fix: 'Renew the certificate of the server.' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    message: 'its certificate is for another name',
    fix: 'Check the host name in baseUrl.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    message: 'its certificate is self-signed',
    fix: 'Give this machine the authority that signed it.',
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    message: 'its certificate comes from an unknown authority',
    fix: 'Give this machine the authority that signed it (an intercepting proxy?).',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    message: 'its certificate comes from an unknown authority',
    fix: 'Give this machine the authority that signed it.',
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    message: 'its certificate comes from an unknown authority',
    fix: 'Give this machine the authority that signed it.',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    message: 'it speaks no TLS on that port',
    fix: 'Check the port, or whether baseUrl should start with http://.',
  },
  EPROTO: {
    message: 'TLS with it failed',
    fix: 'Check the port, or whether baseUrl should start with http://.',
  },
  FUSEBOX_FORBIDDEN_ADDRESS: {
    message: 'its host name leads to a link-local address',
    fix: 'Correct the host name in baseUrl.',
  },
};

/** Walks `cause` and the members of an AggregateError for the first code that says something. */
export function codeOf(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; depth += 1) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && code in WORDS) return code;
    if (at instanceof AggregateError) {
      for (const member of at.errors) {
        const inner = codeOf(member);
        if (inner !== null) return inner;
      }
    }
    at = at.cause;
  }
  return null;
}

/** The plain words for a failed connection; never the error's own text, which can quote an address with a secret in it. */
export function describeNetworkError(error: unknown): NetworkTrouble {
  const code = codeOf(error);
  return (
    (code === null ? null : WORDS[code]) ?? {
      message: 'the connection failed',
      fix: 'Check the network and the address in baseUrl.',
    }
  );
}

/** An expired deadline, as opposed to the caller having gone away. */
export function isTimeout(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as Error | undefined)?.name === 'TimeoutError';
}
