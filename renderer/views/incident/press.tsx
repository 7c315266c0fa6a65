import { IconAlertTriangle, IconHandFinger, IconLock } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { useNowMs } from '#renderer/live/hooks.ts';
import { useOthersAt, useSayHere } from '#renderer/live/use-presence.ts';
import { ageWords } from '#renderer/parts/age-words.ts';
import { clockLabel, percent } from '#renderer/parts/charts/chart-model.ts';
import { HoldButton } from '#renderer/parts/hold-button.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { LiveRegion } from '#renderer/parts/live-region.tsx';
import type { Incident } from '#shared/model/incident.ts';
import type { Sighting } from '#shared/model/presence.ts';
import type { RollbackPlan } from '#shared/model/rollback.ts';
import { duration } from './incident-facts.ts';
import styles from './act.module.css';
import tones from './tones.module.css';

/** The button itself and, under it, exactly what it changes. */
export function Press(props: {
  readonly incident: Incident;
  readonly plan: { readonly data: RollbackPlan | null; readonly error: string | null };
  readonly isBusy: boolean;
  /** Why this person may not press; null = they may. */
  readonly refusal: string | null;
  readonly isSending: boolean;
  readonly onPress: (held: boolean, plan: RollbackPlan) => void;
}) {
  const { incident, plan, isBusy, refusal, isSending, onPress } = props;
  const nowMs = useNowMs();
  const button = useRef<HTMLButtonElement>(null);
  // The button changes its kind under whoever has the focus on it: the focus stays.
  const hasFocus = useRef(false);
  const takeButton = (node: HTMLButtonElement | null) => {
    button.current = node;
    if (node !== null && hasFocus.current && document.activeElement === document.body) node.focus();
  };
  // Somebody with the button under the pointer or the focus on it is about to press: the others see that before they do.
  const [isFocused, setFocused] = useState(false);
  const [isPointed, setPointed] = useState(false);
  const onFocusMoved = (isIn: boolean) => {
    hasFocus.current = isIn;
    setFocused(isIn);
  };
  useSayHere('lever', incident.promptId, isFocused || isPointed || isSending);
  const others = useOthersAt('lever', incident.promptId);
  // Two steps by keyboard: the key brings the button into focus, Enter presses it. A stray key flips nothing.
  useAction({
    id: 'incident.roll-back',
    title: `Roll back to ${incident.goodVersion} (puts the focus on the button; Enter presses it)`,
    keys: 'r',
    run: () => button.current?.focus(),
  });
  const name = `Roll back to ${plan.data?.toVersion ?? incident.goodVersion}`;
  const isProtected = (plan.data?.holdUntilMs ?? nowMs) > nowMs;
  const isHeld = isProtected || others.length > 0;
  const holdReason = [
    ...(others.length > 0 && refusal === null ? ['Nothing is blocked: hold to press all the same.'] : []),
    ...(isProtected
      ? [`${plan.data?.holdReason ?? ''} ${duration((plan.data?.holdUntilMs ?? nowMs) - nowMs)} left.`]
      : []),
  ].join(' ');
  const isOff = isBusy || plan.data === null || plan.data.blocked !== null;

  return (
    <div className={styles.press} onFocus={() => onFocusMoved(true)} onBlur={() => onFocusMoved(false)}>
      {others.length > 0 && <OnTheLever others={others} nowMs={nowMs} />}
      <div
        className={styles.press}
        onPointerEnter={() => setPointed(true)}
        onPointerLeave={() => setPointed(false)}
      >
        {plan.data && isHeld ? (
          <HoldButton
            ref={takeButton}
            label={name}
            reason={holdReason}
            disabled={isOff}
            isDanger={!isProtected}
            onHeld={() => plan.data && onPress(true, plan.data)}
          />
        ) : (
          <button
            ref={takeButton}
            type="button"
            className={`fb-button fb-button-danger ${styles.rollBack}`}
            disabled={isOff}
            aria-describedby="roll-back-effect"
            onClick={() => plan.data && onPress(false, plan.data)}
          >
            <span>{isSending ? `Rolling back to ${plan.data?.toVersion ?? ''}` : name}</span>
            <span className={styles.rollBackKeys}>
              <KeyHint keys="R" />{' '}
              <span className={styles.enterHint} aria-hidden>
                then Enter
              </span>
            </span>
          </button>
        )}
      </div>
      <div id="roll-back-effect" className={styles.effect}>
        {refusal !== null && (
          <p className={tones.warn}>
            <IconLock size={13} aria-hidden /> {refusal}
          </p>
        )}
        {plan.data === null && (
          <p className={plan.error ? tones.warn : 'fb-faint'}>{plan.error ?? 'Reading the flag.'}</p>
        )}
        {plan.data && plan.data.blocked !== null && <p className={tones.warn}>{plan.data.blocked}</p>}
        {plan.data && (
          <>
            <p>
              {plan.data.lever} <span className="fb-mono">{plan.data.key}</span>, {plan.data.environment}
              {plan.data.fromShare01 !== null && plan.data.fromVersion !== null && (
                <strong className={styles.shareChange}>
                  {plan.data.fromVersion} {percent(plan.data.fromShare01)} → 0 %
                </strong>
              )}
            </p>
            <p>{sentence(plan.data.effect)}</p>
            <p className="fb-dim">
              {sentence(plan.data.propagation)}{' '}
              {sentence(plan.data.posts ?? 'posts nowhere, no chat channel is configured')}{' '}
              {sentence(plan.data.pages ?? 'pages nobody, no paging is configured')}
            </p>
            {plan.data.state && <p className="fb-faint">{lastChange(plan.data, nowMs)}</p>}
            {plan.data.warnings.map((warning) => (
              <p key={warning} className={tones.warn}>
                <IconAlertTriangle size={13} aria-hidden /> {warning}
              </p>
            ))}
            {plan.error !== null && <p className={tones.warn}>Could not read the flag again: {plan.error}</p>}
          </>
        )}
      </div>
    </div>
  );
}

/** Who else is about to press, before this person does. */
function OnTheLever({ others, nowMs }: { readonly others: readonly Sighting[]; readonly nowMs: number }) {
  const names = others.map(({ name }) => name).join(', ');
  return (
    <>
      <p className={styles.onLever}>
        <IconHandFinger size={14} aria-hidden />{' '}
        {others.map((one) => `${one.name} is on this lever (${ageWords(nowMs - one.sinceMs)})`).join('; ')}
      </p>
      <LiveRegion text={`${names} is on this lever.`} />
    </>
  );
}

/** A fact of the plan as a sentence: capital, full stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}

function lastChange(plan: RollbackPlan, nowMs: number): string {
  if (!plan.state) return '';
  const read = `read ${duration(nowMs - plan.state.readAtMs)} ago`;
  if (plan.state.lastChangedAtMs === null) return `Last change unknown; ${read}.`;
  return `Last changed ${clockLabel(plan.state.lastChangedAtMs)} by ${plan.state.lastChangedBy ?? 'unknown'}; ${read}.`;
}
