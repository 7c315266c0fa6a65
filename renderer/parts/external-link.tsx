import { createContext, use, useState, type MouseEvent, type ReactNode } from 'react';

/** How the host opens an outside address: through itself (`open`, false = refused by policy), or null for an ordinary link. */
export type OpenExternal = ((url: string) => Promise<boolean>) | null;
const OpenExternalContext = createContext<OpenExternal>(null);
export const OpenExternalProvider = OpenExternalContext.Provider;

/** Whether the host has one window only, so that another world of the page opens in place of this one. */
export function useOpensInPlace(): boolean {
  return use(OpenExternalContext) !== null;
}

export type ExternalLinkProps = {
  readonly href: string;
  readonly className?: string;
  readonly children: ReactNode;
};

/** A link out of the cockpit, https (or a loopback console) only. Anything else is shown as text, inert. */
export function ExternalLink({ href, className, children }: ExternalLinkProps) {
  const open = use(OpenExternalContext);
  const [isRefused, setRefused] = useState(false);
  const address = safeAddress(href);
  if (address === null) return <span className="fb-dim">{href}</span>;
  const onClick = (event: MouseEvent) => {
    if (open === null) return;
    event.preventDefault();
    void open(address).then((isOpened) => setRefused(!isOpened));
  };
  return (
    <>
      <a href={address} className={className} target="_blank" rel="noopener noreferrer" onClick={onClick}>
        {children}
      </a>
      {isRefused && (
        <span role="alert" className="fb-dim">
          Not opened (not a known address). Copy it: <code className="fb-mono">{address}</code>
        </span>
      )}
    </>
  );
}

/** The address as the browser would write it, or null where it is not one to follow. */
export function safeAddress(href: string): string | null {
  const url = URL.parse(href);
  if (url === null || url.username !== '' || url.password !== '') return null;
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback) ? url.href : null;
}
