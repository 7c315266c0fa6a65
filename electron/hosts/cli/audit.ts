import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { anchorLine, parseAnchor, readAnchors } from '#engine/history/anchor.ts';
import { anchorInFile, anchorInGitNote } from '#engine/history/anchor-places.ts';
import { auditFileIn, verifyAuditFile } from '#engine/history/audit-file.ts';
import type { HostSettings } from '../engine-options.ts';
import { connect, findRunningEngine, remoteClient } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

type Say = (line: string) => void;
type AuditAnchor = NonNullable<ReturnType<typeof parseAnchor>>;

export type VerifyOptions = HostSettings & {
  /** A copy of records.db; undefined = the data directory's own. */
  readonly file: string | undefined;
  /** SEQ:HASH each. */
  readonly anchors: readonly string[];
  /** A file with anchors in it, `-` = standard input. */
  readonly anchorsFrom: string | undefined;
  readonly isJson: boolean;
};

/** Exit 0: the trail fits together, as far as it can be proven; 1: it does not, or cannot be read; 2: an anchor cannot be read. */
export async function auditVerify(options: VerifyOptions, say: Say, complain: Say): Promise<ExitCode> {
  const anchors: AuditAnchor[] = [];
  for (const given of options.anchors) {
    const anchor = parseAnchor(given);
    if (anchor === null) {
      complain(`Not an anchor: ${given}. Write SEQ:HASH, as \`fusebox audit anchor\` gives it.`);
      return EXIT.usage;
    }
    anchors.push(anchor);
  }
  if (options.anchorsFrom !== undefined) {
    const found = readAnchors(
      options.anchorsFrom === '-' ? await textOf(process.stdin) : await readFile(options.anchorsFrom, 'utf8'),
    );
    if (found.length === 0) {
      complain(`There is no anchor in ${options.anchorsFrom}. It holds lines with SEQ:HASH.`);
      return EXIT.usage;
    }
    anchors.push(...found);
  }
  const verdict = await verified(options, anchors);
  if (options.isJson) say(JSON.stringify(verdict, null, 2));
  else {
    say(verdict.sentence);
    if (verdict.firstBad === null && anchors.length === 0)
      say(
        'A trail that was cut at its end or built anew from its start fits together too: not provable without an anchor.',
      );
    for (const operationId of verdict.openIntents)
      say(`Begun, and no outcome was written down: operation ${operationId}`);
    if (verdict.head) say(`head ${verdict.head.seq}:${verdict.head.hash}`);
  }
  return verdict.firstBad === null && verdict.tail !== 'broken' ? EXIT.done : EXIT.failed;
}

/** Asks the engine that runs; without one the file is read directly: proving a trail must not write to it. */
async function verified({ file, dataDir }: VerifyOptions, anchors: readonly AuditAnchor[]) {
  const remote = file === undefined ? await findRunningEngine(dataDir) : null;
  if (remote) return remoteClient(remote).audit.verify({ anchors: [...anchors] });
  return verifyAuditFile(file ?? auditFileIn(dataDir), anchors);
}

export type AnchorOptions = HostSettings & {
  readonly toFile: string | undefined;
  readonly toGit: string | undefined;
  readonly toChat: string | undefined;
  readonly channel: string | undefined;
  readonly isJson: boolean;
};

/** Puts the head's anchor where this machine cannot change it unseen, and prints it. Exit 1 when a place did not take it. */
export async function auditAnchor(options: AnchorOptions, say: Say, complain: Say): Promise<ExitCode> {
  const head = options.toChat === undefined ? await headOf(options) : await posted(options, options.toChat);
  if (head === null) {
    complain('The audit trail is empty: nothing was done with Fusebox so far.');
    return EXIT.failed;
  }
  const line = anchorLine(head, Date.now());
  if (options.toFile !== undefined) await anchorInFile(options.toFile, line);
  if (options.toGit !== undefined) await anchorInGitNote(options.toGit, line);
  say(options.isJson ? JSON.stringify(head) : line);
  return EXIT.done;
}

async function headOf({ dataDir }: AnchorOptions): Promise<AuditAnchor | null> {
  const remote = await findRunningEngine(dataDir);
  if (remote) return remoteClient(remote).audit.head();
  return (await verifyAuditFile(auditFileIn(dataDir), [])).head;
}

async function posted(options: AnchorOptions, source: string): Promise<AuditAnchor> {
  const connection = await connect(options);
  try {
    const channel = options.channel ?? null;
    return await connection.client.audit.post({ operationId: randomUUID(), source, channel });
  } finally {
    await connection.close();
  }
}
