import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';

const SHIM = fileURLToPath(new URL('child-shim.mjs', import.meta.url));

type FromChild =
  | { kind: 'message'; data: unknown }
  | { kind: 'port-message'; id: number; data: unknown }
  | { kind: 'port-close'; id: number };

/**
 * A stand-in for Electron's UtilityProcess: a real child process that runs a real entry file, with MessagePorts that
 * reach into it. Emits `message`, `exit` (code, null after a signal) as Electron's does.
 */
export class UtilityProcess extends EventEmitter {
  readonly child: ChildProcess;
  readonly #ports = new Map<number, MessagePort>();
  #nextPort = 1;

  constructor(entry: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    super();
    this.child = fork(entry, args, {
      execArgv: ['--import', SHIM],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child.on('message', (raw) => this.#receive(raw as FromChild));
    this.child.once('exit', (code) => {
      // Electron's port would stay silent; ours is closed by hand, so that a test's process can end.
      for (const port of this.#ports.values()) port.close();
      this.#ports.clear();
      this.emit('exit', code);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  postMessage(data: unknown, ports: readonly MessagePort[] = []): void {
    const ids = ports.map((port) => this.#bridge(port));
    if (this.child.connected) this.child.send({ kind: 'message', data, ports: ids });
  }

  kill(): boolean {
    return this.child.kill('SIGKILL');
  }

  /** What a crash is: no warning, no clean-up. */
  crash(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.child.once('exit', () => resolve());
    });
    this.child.kill('SIGKILL');
    return gone;
  }

  #bridge(port: MessagePort): number {
    const id = this.#nextPort;
    this.#nextPort += 1;
    this.#ports.set(id, port);
    port.on('message', (data: unknown) => {
      if (this.child.connected) this.child.send({ kind: 'port-message', id, data });
    });
    port.on('close', () => {
      if (this.#ports.delete(id) && this.child.connected) this.child.send({ kind: 'port-close', id });
    });
    port.start();
    return id;
  }

  #receive(message: FromChild): void {
    if (message.kind === 'message') this.emit('message', message.data);
    else if (message.kind === 'port-message') this.#ports.get(message.id)?.postMessage(message.data);
    else {
      this.#ports.get(message.id)?.close();
      this.#ports.delete(message.id);
    }
  }
}
