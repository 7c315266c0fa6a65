import type { ReactNode, Ref } from 'react';

/**
 * A part that scrolls by itself. It takes the focus, so that arrow keys reach what is out of sight
 * (WCAG 2.1.1), and it has a name, so that the focus says where it is.
 */
export function ScrollArea({
  name,
  className,
  ref,
  children,
}: {
  readonly name: string;
  readonly className?: string;
  readonly ref?: Ref<HTMLDivElement>;
  readonly children: ReactNode;
}) {
  return (
    <div role="group" aria-label={name} className={className} ref={ref} tabIndex={0}>
      {children}
    </div>
  );
}
