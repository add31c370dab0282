package io.freshet.schema.wire;

/** How an event was written; told apart by a record's first bytes. */
public enum WireFormat {
    /** Avro single-object encoding: C3 01, then the schema's fingerprint. */
    AVRO_SINGLE_OBJECT,
    /** Confluent framing: 00, then a registry's schema id. */
    CONFLUENT,
    /** A JSON object with the schema's field names. */
    JSON
}
