import type { Preconditions } from '../object/precondition.ts';
import type { Expected, WritableFields } from '../object/stored-object.ts';

/** An object that is to be written when its content is there. */
export interface BegunUpload {
  readonly bucket: string;
  readonly name: string;
  readonly fields: WritableFields;
  readonly expected: Expected;
  readonly conditions: Preconditions;
}
