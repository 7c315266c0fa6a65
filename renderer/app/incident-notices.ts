import { useEffect, useRef } from 'react';
import { useClient } from '#renderer/client/use-client.ts';
import { useConnection, useDrillMark, useOpenIncidents } from '#renderer/live/hooks.ts';
import { useNoticePermission } from './notice-permission.ts';
import { navigate } from './router.ts';

/**
 * One notification per new incident while the window is not in front: our words and ids only, nothing out of
 * production, and nothing to press but "open".
 */
export function useIncidentNotices(): void {
  const incidents = useOpenIncidents();
  const isDrill = useDrillMark() !== null;
  const client = useClient();
  const isLive = useConnection().name === 'live';
  const permission = useNoticePermission();
  const known = useRef<Set<string> | null>(null);
  const isCapable = useRef(false);

  useEffect(() => {
    if (!isLive) return;
    client.engine.info().then(
      ({ capabilities }) => {
        isCapable.current = capabilities.notifications;
      },
      // Without an answer there are no notifications; the banner and the title say the same.
      () => undefined,
    );
  }, [client, isLive]);

  useEffect(() => {
    if (!isLive && known.current === null) return;
    const before = known.current;
    known.current = new Set(incidents.map((incident) => incident.id));
    // What was open when the page came up is on screen already.
    if (before === null || !isCapable.current || permission !== 'granted' || document.hasFocus()) return;
    for (const incident of incidents) {
      if (before.has(incident.id)) continue;
      const notice = new Notification(
        `${isDrill ? 'DRILL: ' : ''}${incident.severity} incident ${incident.id}`,
        {
          body: `Prompt ${incident.promptId}. Click to open.`,
          tag: incident.id,
        },
      );
      notice.addEventListener('click', () => {
        window.focus();
        navigate('incident', { incidentId: incident.id });
      });
    }
  }, [incidents, isLive, permission, isDrill]);
}
