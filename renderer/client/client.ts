import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '#shared/contract/contract.ts';
import type { CallContext } from './transport.ts';

/** The engine's procedures as the page calls them: `client.incident.note({ … })`. */
export type Client = ContractRouterClient<Contract, CallContext>;
