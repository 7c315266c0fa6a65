import { Dialog } from '#renderer/parts/dialog.tsx';
import { ExternalLink } from '#renderer/parts/external-link.tsx';
import { SIGMA_LINES } from '#renderer/parts/certainty/sigma-lines.ts';
import { falseAlarmBudgets } from '#shared/domain/detection/false-alarms.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import { RATIO_GRID } from '#shared/domain/detection/label-factor.ts';
import {
  HYSTERESIS_SIGMA,
  MIN_DROP_POINTS,
  MIN_RATIO,
  PAGE_LINE,
  PERIOD_MS,
  WATCH_LINE,
} from '#shared/domain/detection/lines.ts';
import { SPLIT_LINE } from '#shared/domain/detection/split.ts';
import { TILT_GRID } from '#shared/domain/detection/tilt-factor.ts';
import { CANARY_IDS } from '#shared/model/detection.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { useOverlays } from './overlays.ts';
import { RuleFigure } from './rule-figure.tsx';
import './rule-dialog.css';

const { watch, page } = SIGMA_LINES;
const DAYS = Math.round(PERIOD_MS / 86_400_000);
const TICK_S = TICK_MS / 1000;
const BUDGETS = falseAlarmBudgets({ signals: SIGNAL_IDS.length, canaries: CANARY_IDS.length });

/** How it is decided who is worse, for who never took statistics; above it the figure somebody asked about. */
export function RuleDialog() {
  const { isRuleOpen, ruleSubject, closeRule } = useOverlays();
  return (
    <Dialog isOpen={isRuleOpen} title="How this is decided" onClose={closeRule} width="46rem">
      <div className="fb-rule">
        <RuleFigure subject={ruleSubject} />
        <section>
          <h3>The rule</h3>
          <dl className="fb-rule-lines">
            <div>
              <dt>Watch</dt>
              <dd>
                One signal reaches <strong>{watch} sigma</strong>: probably worse. Pause the ramp and look.
                Nobody is paged.
              </dd>
            </div>
            <div>
              <dt>Page</dt>
              <dd>
                One signal reaches <strong>{page} sigma</strong>, or two signals reach{' '}
                <strong>{watch}</strong> in the same {TICK_S} seconds: certain enough to wake somebody. Two
                signals that get worse together count as much as one that is much worse.
              </dd>
            </div>
            <div>
              <dt>Never</dt>
              <dd>
                An improvement. A difference nobody would act on: less than {MIN_RATIO} times the rate, or
                less than {MIN_DROP_POINTS} point of csat.
              </dd>
            </div>
          </dl>
          <p>
            The new version is compared with the old one on the same traffic in the same minutes. An outage of
            the provider or a busy hour moves both alike and cancels out.{' '}
            <button type="button" className="fb-rule-jump" onClick={toWhy}>
              Why one may trust this
            </button>
          </p>
        </section>
        <section>
          <h3>Two figures, and which to act on</h3>
          <p>
            <strong>Looks like</strong> is the sigma everybody knows. It is meant for one look at many events.
            This cockpit looks every {TICK_S} seconds, and whoever looks a thousand times sees a thousand
            chances: with nothing wrong, that figure alone pages in about half of all months.
          </p>
          <p>
            <strong>Safe to act on</strong> stays right however often one looks and however few events there
            are. It is the one the lines are drawn at. It is lower, above all early on; that is the price of
            being right.
          </p>
        </section>
        <section>
          <h3>“No difference” and “blind”</h3>
          <p>
            <strong>No difference seen</strong> is said only when a change of four times (csat: five points)
            would have shown by now. Until then the signal is <strong>blind</strong>, with about how long it
            still takes at present traffic. Seeing sooner takes more traffic on the new version, or a signal
            with more events.
          </p>
        </section>
        <section>
          <h3>How often it is wrong</h3>
          <ul className="fb-rule-budgets">
            {BUDGETS.map((budget) => (
              <li key={budget.rule}>
                <strong>{budget.title}.</strong> {budget.sentence}
              </li>
            ))}
          </ul>
        </section>
        <section id={WHY_ID} tabIndex={-1}>
          <h3>Why one may trust this</h3>
          <p>
            Think of a bettor who starts with one coin and bets, conversation by conversation, that the bad
            ones fall to the new version. The odds are fair: if both versions are alike, each bad conversation
            falls to either by chance alone, in proportion to their traffic. Nobody gets rich in a fair game:
            the chance that the coin ever becomes {Math.round(PAGE_LINE)} is at most 1 in{' '}
            {Math.round(PAGE_LINE)}, whenever one stops to look. So when it does, chance is no good
            explanation any more. “Evidence” is the bettor’s purse, and the sigma is the same number on the
            scale people know.
          </p>
          <p>
            What would break it: conversations counted twice, events written to the wrong minute, or a version
            chosen because of the outcome (a retry on the old version after an error). Each conversation
            therefore counts once per signal, at the time it began.
          </p>
          <ul className="fb-rule-papers">
            {PAPERS.map(({ title, href }) => (
              <li key={href}>
                <ExternalLink href={href}>{title}</ExternalLink>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3>Settings</h3>
          <dl className="fb-rule-settings">
            <Setting name="looked at" value={`every ${TICK_S} s`} />
            <Setting name="watch line" value={`evidence ${WATCH_LINE.toFixed(1)} (${watch} sigma)`} />
            <Setting name="page line" value={`evidence ${PAGE_LINE.toFixed(1)} (${page} sigma)`} />
            <Setting name="cohorts" value="half of the budget for all together, half shared by each alone" />
            <Setting name="leaves a line" value={`${HYSTERESIS_SIGMA} sigma below it`} />
            <Setting name="rates bet on" value={RATIO_GRID.map((ratio) => `${ratio}x`).join(', ')} />
            <Setting name="csat tilts bet on" value={TILT_GRID.join(', ')} />
            <Setting name="split check" value={`evidence ${SPLIT_LINE}; a notice, never a page`} />
            <Setting
              name="starts anew"
              value={`after ${DAYS} days, with a new candidate, or when a person closes`}
            />
          </dl>
        </section>
      </div>
    </Dialog>
  );
}

function Setting({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const WHY_ID = 'why-trust';

function toWhy(): void {
  const why = document.getElementById(WHY_ID);
  why?.scrollIntoView({ block: 'start' });
  why?.focus({ preventScroll: true });
}

const PAPERS: readonly { readonly title: string; readonly href: string }[] = [
  {
    title: 'Lindon and Malek 2022: anytime-valid inference for counts',
    href: 'https://arxiv.org/abs/2011.03567',
  },
  {
    title: 'Waudby-Smith and Ramdas 2024: estimating means by betting',
    href: 'https://arxiv.org/abs/2010.09686',
  },
  {
    title: 'Shin, Ramdas and Rinaldo 2024: e-detectors, for the test against history',
    href: 'https://arxiv.org/abs/2203.03532',
  },
];
