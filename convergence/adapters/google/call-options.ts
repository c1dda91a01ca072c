const UNAVAILABLE = 14;

/**
 * By itself a client would try for a minute, while somebody waits for an answer of the API. New ones
 * for each call: the client writes the headers of the call into them.
 */
export function callOptions() {
  const backoffSettings = {
    initialRetryDelayMillis: 100,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 1_000,
    initialRpcTimeoutMillis: 5_000,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: 5_000,
    totalTimeoutMillis: 8_000,
  };
  return { retry: { retryCodes: [UNAVAILABLE], backoffSettings } };
}
