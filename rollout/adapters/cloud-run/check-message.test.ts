import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protos } from '@google-cloud/run';
import { checkMessage } from './check-message.ts';

const { UpdateServiceRequest } = protos.google.cloud.run.v2;

/** What the check says of a request; null when it may leave. */
function problemOf(request: object): string | null {
  try {
    checkMessage(UpdateServiceRequest, 'UpdateServiceRequest', request);
    return null;
  } catch (error) {
    assert.equal((error as { code: string }).code, 'message_invalid');
    return (error as Error).message;
  }
}

test('whatever the client would change on the way is refused with its path', () => {
  const cases: readonly (readonly [object, string | null])[] = [
    [{ updateMask: { paths: ['traffic'] }, service: { traffic: [{ percent: 10 }] } }, null],
    [{ service: { annotations: {}, traffic: [] } }, null],
    [
      { service: { trafic: [] }, allowMising: true },
      'UpdateServiceRequest: allowMising is true and would arrive as nothing',
    ],
    [
      { service: { traffic: [{ percent: 99.9 }] } },
      'UpdateServiceRequest: service.traffic.0.percent is 99.9 and would arrive as 99',
    ],
    [
      { service: { traffic: [{ percent: '10' }] } },
      'UpdateServiceRequest: service.traffic.0.percent is "10" and would arrive as 10',
    ],
    [
      { service: { traffic: [{ type: 'LATEST' }] } },
      'UpdateServiceRequest: service.traffic.0.type is "LATEST" and would arrive as nothing',
    ],
    [
      { service: 'shop' },
      'UpdateServiceRequest: .google.cloud.run.v2.UpdateServiceRequest.service: object expected',
    ],
  ];
  for (const [request, problem] of cases) assert.equal(problemOf(request), problem);
});
