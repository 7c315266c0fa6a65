import { type MessagePortMain, utilityProcess } from 'electron';
import type { EngineProcess } from './supervisor.ts';

/** Starts the engine in a process of its own, without Electron's flags for running as Node. */
export function forkEngine(entry: string, args: string[]): EngineProcess<MessagePortMain> {
  const child = utilityProcess.fork(entry, args, { serviceName: 'Fusebox engine', stdio: 'inherit' });
  return {
    post: (message, ports) => child.postMessage(message, ports ? [...ports] : []),
    kill: () => {
      child.kill();
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onExit: (listener) => {
      child.once('exit', listener);
    },
  };
}
