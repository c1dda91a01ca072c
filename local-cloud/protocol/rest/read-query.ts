import { ScalarType } from '@bufbuild/protobuf';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { refuseFields } from '../check/violation.ts';

/** A request in JSON while it is put together. */
export interface Draft {
  [field: string]: unknown;
}

// https://cloud.google.com/apis/docs/system-parameters
const systemParameters =
  /^(access_token|alt|callback|fields|key|oauth_token|prettyPrint|quotaUser|uploadType|upload_protocol|userProject|\$.+)$/;

/** Puts query parameters such as `interval.endTime=…` into the draft; repeated ones make a list. */
export function readQuery(draft: Draft, desc: DescMessage, query: URLSearchParams): void {
  for (const key of new Set(query.keys())) {
    if (systemParameters.test(key)) continue;
    const { holder, field } = placeOf(draft, desc, key);
    const values = query.getAll(key);
    if (field.fieldKind !== 'list' && values.length > 1) {
      throw refuseFields([
        { field: key, description: `given ${values.length} times: expected one` },
      ]);
    }
    const read = values.map((text) => readParameter(field, text));
    holder[field.jsonName] = field.fieldKind === 'list' ? read : read[0];
  }
}

/** Sets the field at a path such as `service.name`, in objects made on the way. */
export function setField(
  draft: Draft,
  desc: DescMessage,
  [path, value]: readonly [string, string],
): void {
  const { holder, field } = placeOf(draft, desc, path);
  holder[field.jsonName] = value;
}

function placeOf(
  draft: Draft,
  desc: DescMessage,
  path: string,
): { holder: Draft; field: DescField } {
  let holder = draft;
  let message = desc;
  const parts = path.split('.');
  for (const [index, part] of parts.entries()) {
    const field = message.fields.find(({ name, jsonName }) => name === part || jsonName === part);
    if (field !== undefined && index === parts.length - 1) return { holder, field };
    if (field?.fieldKind !== 'message') break;
    holder = innerDraft(holder, field);
    message = field.message;
  }
  const description = `unknown name: ${desc.typeName} has no field for this parameter`;
  throw refuseFields([{ field: path, description }]);
}

function innerDraft(holder: Draft, field: DescField): Draft {
  const inner = (holder[field.jsonName] ??= {});
  if (typeof inner === 'object' && !Array.isArray(inner)) return inner as Draft;
  throw refuseFields([{ field: field.name, description: 'expected an object' }]);
}

/** Text to the JSON that proto3 maps this field to, as far as text is not taken anyway. */
function readParameter(field: DescField, text: string): unknown {
  if (field.enum !== undefined && /^-?\d+$/.test(text)) return Number(text);
  const type = field.message?.typeName;
  if (field.scalar === ScalarType.BOOL || type === 'google.protobuf.BoolValue') {
    return text === 'true' || (text === 'false' ? false : text);
  }
  if (type === 'google.protobuf.FieldMask') {
    return text.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
  return text;
}
