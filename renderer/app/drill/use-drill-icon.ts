import { useEffect } from 'react';
import drillIcon from '#renderer/theme/drill-icon.svg';
import { useDrillMark } from '#renderer/live/hooks.ts';

/** The tab of a drill has an icon of its own shape: D on stripes, in place of the bolt. */
export function useDrillIcon(): void {
  const isDrill = useDrillMark() !== null;
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (!isDrill || link === null) return undefined;
    const own = link.href;
    link.href = drillIcon;
    return () => {
      link.href = own;
    };
  }, [isDrill]);
}
