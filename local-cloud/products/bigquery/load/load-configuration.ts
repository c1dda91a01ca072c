/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad, as far as it is modelled. */
export interface LoadConfiguration {
  readonly sourceFormat?: string;
  readonly sourceUris?: readonly string[];
  readonly schema?: { readonly fields?: unknown };
  readonly destinationTable?: unknown;
  readonly writeDisposition?: string;
  readonly createDisposition?: string;
  readonly schemaUpdateOptions?: readonly string[];
  readonly autodetect?: boolean;
  readonly maxBadRecords?: number;
  readonly ignoreUnknownValues?: boolean;
  readonly decimalTargetTypes?: readonly string[];
  readonly parquetOptions?: { readonly enableListInference?: boolean };
  readonly fieldDelimiter?: string;
  readonly quote?: string;
  readonly skipLeadingRows?: number | string;
  readonly nullMarker?: string;
  readonly allowQuotedNewlines?: boolean;
  readonly allowJaggedRows?: boolean;
  readonly [field: string]: unknown;
}
