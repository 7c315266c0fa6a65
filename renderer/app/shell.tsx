import { Notifications } from '@mantine/notifications';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useConnection, useDrillMark, useLive } from '#renderer/live/hooks.ts';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Banners } from './banners.tsx';
import { connectionWords } from './connection-words.ts';
import { DemoBar } from './demo-bar.tsx';
import { isDrillWindow } from './drill/drill-address.ts';
import { useDrillIcon } from './drill/use-drill-icon.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { useIncidentNotices } from './incident-notices.ts';
import { KeyList } from './key-list.tsx';
import { useOverlays } from './overlays.ts';
import { Palette } from './palette.tsx';
import { useRoute } from './router.ts';
import { TEAM_ADDRESS, type ViewId } from './routes.ts';
import { SourceStrip } from './source-strip.tsx';
import { TopBar } from './top-bar.tsx';
import { useGlobalActions } from './global-actions.ts';
import { useWindowTitle } from './use-window-title.ts';
import { VIEWS } from './view-registry.ts';
import './shell.css';

/** Read when somebody asks: its text and numbers are no part of what must load first. */
const RuleDialog = lazy(async () => ({ default: (await import('./rule-dialog.tsx')).RuleDialog }));

/** What surrounds every view: navigation, banners, the view, source health, the demonstration's controls. */
export function Shell({ onRetryConnection }: { readonly onRetryConnection: () => void }) {
  const route = useRoute();
  const hasSnapshot = useLive(() => true) === true;
  useGlobalActions();
  useWindowTitle();
  useDrillIcon();
  useIncidentNotices();
  useFocusOnNewView(route.view);
  const view = VIEWS.find((entry) => entry.id === route.view);
  const View = view?.component;
  const isDrill = useDrillMark() !== null || isDrillWindow();
  const isRuleWanted = useOverlays((overlays) => overlays.wasRuleOpened);
  return (
    <div className="fb-shell" data-drill={isDrill || undefined}>
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
          <BeforeData onRetry={onRetryConnection} />
        )}
      </main>
      <footer className="fb-footer">
        <SourceStrip />
        <DemoBar />
      </footer>
      <Palette />
      <Notifications position="bottom-right" />
      <KeyList />
      {isRuleWanted && (
        <Suspense fallback={null}>
          <RuleDialog />
        </Suspense>
      )}
    </div>
  );
}

/** Nothing has come from the engine yet: either it still may, or the person must do something. */
function BeforeData({ onRetry }: { readonly onRetry: () => void }) {
  const connection = useConnection();
  const words = connectionWords(connection, false);
  if (connection.name !== 'failed' || words === null) {
    return <LoadingState what="the state of every prompt" rows={8} />;
  }
  return (
    <div className="fb-view">
      <ErrorState
        title={words.title}
        detail={words.meaning}
        next={
          words.leadsHome === true
            ? 'Drills are run from the Game day screen of your own workspace.'
            : 'Nothing can be shown without the engine, and nothing was changed.'
        }
        onRetry={words.canRetry ? onRetry : undefined}
      >
        {words.leadsHome === true ? (
          <a href={TEAM_ADDRESS} className="fb-button">
            Back to your workspace
          </a>
        ) : (
          <CopyButton label="Copy `fusebox start`" text="fusebox start" />
        )}
      </ErrorState>
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
