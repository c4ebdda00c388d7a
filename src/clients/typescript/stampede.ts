// What the generated client does not do by itself: problems as errors, repeats under one key, ETags, streams, pages.
import {
  Account,
  AccountsApi,
  BalanceEvent,
  BalanceEventFromJSON,
  Configuration,
  FetchAPI,
  HistoryApi,
  ListOperationsRequest,
  Operation,
  PointsApi,
  Problem,
  ProgramsApi,
} from './generated';

/** A refusal (RFC 9457). Decide by `code`. */
export class ProblemError extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly retryable: boolean;

  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.name = 'ProblemError';
    ({ code: this.code, status: this.status, detail: this.detail, retryable: this.retryable } = problem);
  }
}

/** Nobody knows whether a call was done: repeat it with this key, or void the key. */
export class OutcomeUnknownError extends Error {
  constructor(readonly key: string, readonly cause: unknown) {
    super(`It is not known whether the call with the key ${key} was done`);
    this.name = 'OutcomeUnknownError';
  }
}

export interface Options {
  /** Of the gateway, without a path. */
  url: string;
  /** An API key, or the token of a member; it is asked for at each call. */
  token: () => string | Promise<string>;
  /** How often a call is sent at most. */
  attempts?: number;
  /** The most that a call waits between its attempts, all together. */
  patienceMs?: number;
  fetch?: FetchAPI;
}

const KEY = 'Idempotency-Key';
const ANSWER_LIMIT_MS = 15_000; // the gateway answers within ten seconds
const MOST_KEPT = 100;

export class Stampede {
  readonly accounts: AccountsApi;
  readonly points: PointsApi;
  readonly history: HistoryApi;
  readonly programs: ProgramsApi;
  private readonly fetch: FetchAPI;
  private readonly kept = new Map<string, { etag: string; body: string }>();

  constructor(private readonly options: Options) {
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    const configuration = new Configuration({
      basePath: options.url,
      accessToken: async () => await options.token(),
      fetchApi: (url, init) => this.send(String(url), init ?? {}),
      // what `send` throws is thrown as it is
      middleware: [{ onError: async ({ error }) => Promise.reject(error) }],
    });
    this.accounts = new AccountsApi(configuration);
    this.points = new PointsApi(configuration);
    this.history = new HistoryApi(configuration);
    this.programs = new ProgramsApi(configuration);
  }

  /** A key for one call: store it with the sale before the first attempt. */
  static newKey(): string {
    return crypto.randomUUID();
  }

  /** The account. What has not changed since it was read last is not sent again. */
  account(program: string, account: string): Promise<Account> {
    return this.accounts.getAccount({ program, account });
  }

  /** The history, newest first, page after page. */
  async *allOperations(request: ListOperationsRequest): AsyncGenerator<Operation> {
    for (let cursor = request.cursor; ; ) {
      const page = await this.history.listOperations({ ...request, cursor });
      yield* page.items;
      if (!page.cursor) {
        return;
      }
      cursor = page.cursor;
    }
  }

  /** The balance now and after each change, until `signal` ends it. It connects again by itself. */
  async *balances(
    program: string, account: string, signal: AbortSignal, lastEventId?: string,
  ): AsyncGenerator<{ id: string; balance: BalanceEvent }> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const headers: Record<string, string> = {
          Accept: 'text/event-stream', Authorization: `Bearer ${await this.options.token()}`,
        };
        if (lastEventId !== undefined) {
          headers['Last-Event-ID'] = lastEventId;
        }
        const answer = await this.fetch(this.streamUrl(program, account), { headers, signal });
        if (!answer.ok || !answer.body) {
          throw await problem(answer);
        }
        for await (const event of events(answer.body)) {
          failures = 0;
          lastEventId = event.id;
          yield { id: event.id, balance: BalanceEventFromJSON(JSON.parse(event.data)) };
        }
      } catch (e) {
        if (e instanceof ProblemError && !e.retryable) {
          throw e;
        }
      }
      await pause(Math.min(30_000, 500 * 2 ** failures++), signal);
    }
  }

  /** Where a browser's EventSource finds the stream, once and within 30 s: it cannot send a header. */
  async ticketUrl(program: string, account: string): Promise<string> {
    const { ticket } = await this.accounts.createStreamTicket({ program, account });
    return `${this.streamUrl(program, account)}?ticket=${encodeURIComponent(ticket)}`;
  }

  private streamUrl(program: string, account: string): string {
    const path = [program, 'accounts', account, 'events'].map(encodeURIComponent).join('/');
    return `${this.options.url}/v1/programs/${path}`;
  }

  /** Sends a call until it is answered: again if there was no answer, or one that says that it may be repeated. */
  private async send(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const key = headers.get(KEY);
    const reads = init.method === 'GET';
    const kept = reads ? this.kept.get(url) : undefined;
    if (kept && !headers.has('If-None-Match')) {
      headers.set('If-None-Match', kept.etag);
    }
    let patienceMs = this.options.patienceMs ?? 30_000;
    let isUnknown = false;
    for (let attempt = 1; ; attempt++) {
      let failure: unknown;
      let waitMs = Math.random() * 200 * 2 ** attempt;
      try {
        const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
        const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
        const answer = await this.fetch(url, { ...init, headers, signal });
        if (answer.status === 304 && kept) {
          return new Response(kept.body, { headers: { 'Content-Type': 'application/json', ETag: kept.etag } });
        }
        if (answer.ok) {
          return reads ? await this.keep(url, answer) : answer;
        }
        failure = await problem(answer);
        waitMs = Math.max(waitMs, Number(answer.headers.get('Retry-After') ?? 0) * 1000);
      } catch (e) {
        failure = e;
      }
      const refusal = failure instanceof ProblemError ? failure : undefined;
      isUnknown ||= !refusal || refusal.code === 'outcome_unknown';
      const repeatable = refusal ? refusal.retryable : reads || init.method === 'PUT' || key !== null;
      if (!repeatable || init.signal?.aborted || attempt >= (this.options.attempts ?? 5) || waitMs > patienceMs) {
        const decided = refusal && !refusal.retryable;
        throw key !== null && isUnknown && !decided ? new OutcomeUnknownError(key, failure) : failure;
      }
      patienceMs -= waitMs;
      await pause(waitMs, init.signal ?? undefined);
    }
  }

  private async keep(url: string, answer: Response): Promise<Response> {
    const etag = answer.headers.get('ETag');
    if (!etag) {
      return answer;
    }
    const body = await answer.clone().text();
    this.kept.delete(url);
    this.kept.set(url, { etag, body });
    if (this.kept.size > MOST_KEPT) {
      this.kept.delete(this.kept.keys().next().value as string);
    }
    return answer;
  }
}

/** What a refusal says; of one that is not the gateway's, such as a proxy's, its status alone. */
async function problem(answer: Response): Promise<Error> {
  const isProblem = answer.headers.get('Content-Type')?.startsWith('application/problem+json');
  return isProblem ? new ProblemError((await answer.json()) as Problem) : new Error(`HTTP status ${answer.status}`);
}

/** The events of a stream (HTML standard, Server-sent events), without those that have no data. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<{ id: string; data: string }> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  let id = '';
  let data: string[] = [];
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.map(each => each.replace(/\r$/, ''))) {
        const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (line === '' && data.length > 0) {
          yield { id, data: data.join('\n') };
          data = [];
        } else if (name === 'id') {
          id = value ?? '';
        } else if (name === 'data') {
          data.push(value ?? '');
        }
      }
    }
  } finally {
    await reader.cancel();
  }
}

/** Ends early when the signal does. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
