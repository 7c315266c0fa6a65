import { Component, type ErrorInfo, type ReactNode } from 'react';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';

type Props = { readonly what: string; readonly children: ReactNode };
type State = { readonly error: Error | null; readonly where: string };

/** A view that breaks takes nothing else down: the navigation, the health strip and the other views go on. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, where: '' };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(_error: unknown, info: ErrorInfo): void {
    this.setState({ where: info.componentStack ?? '' });
  }

  override render(): ReactNode {
    const { error, where } = this.state;
    if (error === null) return this.props.children;
    const details = `${this.props.what}\n${error.stack ?? error.message}\n${where}`;
    return (
      <ErrorState
        title={`${this.props.what} stopped working in this window`}
        detail={`${error.message}. The engine goes on watching; nothing was written or lost.`}
        next="Try again. If it happens again, copy the details and use another view or `fusebox rollback` in a terminal."
        onRetry={() => this.setState({ error: null, where: '' })}
      >
        <CopyButton label="Copy details" text={details} />
      </ErrorState>
    );
  }
}
