import { Notifications } from '@mantine/notifications';
import { Suspense, useEffect, useRef } from 'react';
import { useConnection, useLive } from '#renderer/live/hooks.ts';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Banners } from './banners.tsx';
import { DemoBar } from './demo-bar.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { useIncidentNotices } from './incident-notices.ts';
import { KeyList } from './key-list.tsx';
import { Palette } from './palette.tsx';
import { useRoute } from './router.ts';
import type { ViewId } from './routes.ts';
import { SourceStrip } from './source-strip.tsx';
import { TopBar } from './top-bar.tsx';
import { useGlobalActions } from './global-actions.ts';
import { useWindowTitle } from './use-window-title.ts';
import { VIEWS } from './view-registry.ts';
import './shell.css';

/** What surrounds every view: navigation, banners, the view, source health, the demonstration's controls. */
export function Shell({ onRetryConnection }: { readonly onRetryConnection: () => void }) {
  const route = useRoute();
  const hasSnapshot = useLive(() => true) === true;
  const isRefused = useConnection().name === 'failed';
  useGlobalActions();
  useWindowTitle();
  useIncidentNotices();
  useFocusOnNewView(route.view);
  const view = VIEWS.find((entry) => entry.id === route.view);
  const View = view?.component;
  return (
    <div className="fb-shell">
      <a className="fb-skip" href="#main" onClick={skipToMain}>
        Skip to the view
      </a>
      <TopBar />
      <Banners onRetry={onRetryConnection} />
      <main id="main" className="fb-main" tabIndex={-1} data-view={route.view}>
        {hasSnapshot && View !== undefined ? (
          <ErrorBoundary key={view?.id} what={view?.title ?? ''}>
            <Suspense fallback={<LoadingState what={view?.title ?? 'the view'} />}>
              <View />
            </Suspense>
          </ErrorBoundary>
        ) : (
          !isRefused && <LoadingState what="the state of every prompt" rows={8} />
        )}
      </main>
      <footer className="fb-footer">
        <SourceStrip />
        <DemoBar />
      </footer>
      <Palette />
      <Notifications position="bottom-right" />
      <KeyList />
    </div>
  );
}

/** A new view takes the focus, as a new page would: Tab then begins inside it. */
function useFocusOnNewView(view: ViewId): void {
  const shown = useRef(view);
  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [view]);
}

/** The hash is the address of the view, so the skip link moves the focus by hand. */
function skipToMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
